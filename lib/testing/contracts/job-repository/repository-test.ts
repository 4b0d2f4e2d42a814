import type { Opened } from './opened.js';

/** A test of one instance: what holds, and what shows it. */
export type RepositoryTest = readonly [name: string, run: (repository: Opened) => Promise<void>];

/** A test of two instances over one storage, as two processes would have them. */
export type TwoInstanceTest = readonly [name: string, run: (first: Opened, second: Opened) => Promise<void>];

import type { Bench } from './bench.js';

/** What holds, and what shows it. */
export type WorkerTest = readonly [name: string, run: (bench: Bench) => Promise<void>];

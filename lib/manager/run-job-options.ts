import type { JobKind } from './job-kind.js';

/** How a job differs from its kind this time. What is not there is the kind's. */
export type RunJobOptions<C = unknown, R = unknown> = Partial<JobKind<C, R>>;

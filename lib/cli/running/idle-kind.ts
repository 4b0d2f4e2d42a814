import { NEVER } from 'rxjs';
import type { JobKind } from '../../index.js';

/**
 * The kind of a job that is taken over to be stopped, not to be run: it does without the code of the job.
 * Whatever is left to do, a merge too, is left for whoever has that; and failures are no reason for this one
 * to let the job fail.
 */
export const idleKind: JobKind = { worker: () => NEVER, merge: () => NEVER, tolerate: { failedRatio: 1 } };

import type { CliIo } from './cli-io.js';
import type { JobStore } from './store/job-store.js';

/** What every command works with. */
export interface CliContext {
  readonly io: CliIo;
  readonly store: JobStore;
}

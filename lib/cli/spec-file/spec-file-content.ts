import type { CommandPace, CommandWork } from '../store/command-job.js';

/** What a spec file holds, once it has been checked. */
export interface SpecFileContent extends Omit<CommandWork, 'cwd'>, CommandPace {
  /** For editors. */
  readonly $schema?: string | undefined;
  readonly id?: string | undefined;
  readonly kind?: string | undefined;
  /** Of the jobs that wait, those of higher priority are taken first. */
  readonly priority?: number | undefined;
  readonly chunks: readonly unknown[] | { readonly total: number; readonly size: number };
  /** Relative to the folder of the file. */
  readonly cwd?: string | undefined;
}

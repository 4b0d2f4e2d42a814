/** What a job does: this cannot change while the job is stored. */
export interface CommandWork {
  /** The program and its arguments, with placeholders. */
  readonly command: readonly [string, ...string[]];
  /** Absolute. */
  readonly cwd: string;
  /** Variables for the processes. */
  readonly env?: { readonly [name: string]: string } | undefined;
  /** The names of further variables that are handed on. */
  readonly inheritEnv?: readonly string[] | undefined;
  /** What of stdout is the result; `json`: its last line, parsed. */
  readonly result?: 'last-line' | 'stdout' | 'json' | 'none' | undefined;
  /** The file that each chunk makes, with placeholders, relative to `cwd`. */
  readonly output?: string | undefined;
  readonly merge?:
    { readonly command: readonly [string, ...string[]]; readonly output?: string | undefined } | undefined;
}

/** How fast a job goes, and how patiently: this can change each time that the job goes on. */
export interface CommandPace {
  readonly concurrency?: number | undefined;
  readonly retry?:
    | {
        readonly retries?: number | undefined;
        readonly delayMs?: number | undefined;
        readonly maxDelayMs?: number | undefined;
        readonly jitter?: 'none' | 'full' | 'decorrelated' | undefined;
        readonly maxElapsedMs?: number | undefined;
      }
    | undefined;
  readonly startRate?: { readonly limit: number; readonly perMs: number } | undefined;
  readonly attemptTimeoutMs?: number | undefined;
  readonly stallTimeoutMs?: number | undefined;
  readonly jobTimeoutMs?: number | undefined;
  readonly stopGraceMs?: number | undefined;
  /** Whether the last output of each attempt is kept. */
  readonly logs?: boolean | undefined;
  readonly tolerate?:
    { readonly failedChunks?: number | undefined; readonly failedRatio?: number | undefined } | undefined;
}

/**
 * How the chunks of a job are run, as it is stored in the `metadata` of the job: all that another process
 * needs to go on with it.
 */
export interface CommandJob {
  readonly work: CommandWork;
  readonly pace: CommandPace;
}

/**
 * What a running job can be told. A bare name stands for the command with its defaults.
 *
 * - `pause`: no chunk starts; running attempts are awaited (`drain`, the default) or stopped (`stop`). Then
 *   the job is `paused`.
 * - `resume`: chunks start again.
 * - `cancel`: running attempts are stopped, with `reason` as that of their `signal`; then the job is
 *   `cancelled`.
 * - `detach`: running attempts are awaited or stopped, and the stream completes; the job stays as it is
 *   stored, for another owner.
 */
export type JobCommand =
  | JobCommandType
  | { readonly type: 'pause' | 'detach'; readonly mode?: StopMode | undefined }
  | { readonly type: 'resume' }
  | { readonly type: 'cancel'; readonly reason?: unknown };

/**
 * What stands for a {@link JobCommand} in a stream of them: what TypeScript infers of `of('pause', 'resume')`
 * and of `map(() => 'pause')`. What is no command is refused when it comes.
 */
export type JobCommandLike =
  string | { readonly type: string; readonly mode?: string | undefined; readonly reason?: unknown };

/** A command to a job that somebody else runs: JSON-safe. */
export type SentCommand =
  { readonly type: 'pause'; readonly mode?: StopMode | undefined } | { readonly type: 'resume' | 'cancel' };

/** The names of the commands. */
export type JobCommandType = 'pause' | 'resume' | 'cancel' | 'detach';

/** What becomes of running attempts: awaited, or stopped. */
export type StopMode = 'drain' | 'stop';

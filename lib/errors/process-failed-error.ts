import { SluiceError } from './sluice-error.js';

/** A process did not end with exit code 0, or what it wrote cannot be used. */
export class ProcessFailedError extends SluiceError {
  override readonly name = 'ProcessFailedError';
  readonly code = 'PROCESS_FAILED' as const;
  /** The program. */
  declare readonly command: string;
  /** Its exit code; `undefined` when a signal ended it, or when it did not start. */
  declare readonly exitCode: number | undefined;
  /** The signal that ended it. */
  declare readonly signal: string | undefined;
  /** The last lines that it wrote to stderr. */
  declare readonly output: string;
  /** Set where a further attempt would fail in the same way: the program is not there, for example. */
  declare readonly permanent?: true;

  /**
   * @param failure - how the process ended; `problem` says what is wrong with one that ended well, `refusal`
   *   why one did not start
   * @param options - the `cause`
   */
  constructor(
    {
      command,
      exitCode,
      signal,
      output,
      problem,
      refusal,
      permanent,
    }: {
      readonly command: string;
      readonly exitCode: number | undefined;
      readonly signal: string | undefined;
      readonly output: string;
      readonly problem?: string | undefined;
      readonly refusal?: string | undefined;
      readonly permanent?: boolean | undefined;
    },
    options?: ErrorOptions,
  ) {
    const sentence =
      refusal === undefined
        ? `Cannot use the output of '${command}': it ${problem ?? ending(exitCode, signal)}${output === '' ? '' : `: ${output}`}`
        : `Cannot start a process: ${refusal}`;
    super(sentence, { command, exitCode, signal, output, ...(permanent === true && { permanent }) }, options);
  }
}

function ending(exitCode: number | undefined, signal: string | undefined): string {
  if (exitCode !== undefined) return `exited with ${exitCode}`;
  return signal === undefined ? 'did not start' : `was ended by ${signal}`;
}

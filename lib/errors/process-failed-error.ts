import { SluiceError } from './sluice-error.js';

/** A process did not end with exit code 0. */
export class ProcessFailedError extends SluiceError {
  override readonly name = 'ProcessFailedError';
  readonly code = 'PROCESS_FAILED';
  /** The program. */
  readonly command: string;
  /** Its exit code; `undefined` when a signal ended it, or when it did not start. */
  readonly exitCode: number | undefined;
  /** The signal that ended it. */
  readonly signal: string | undefined;
  /** The last lines that it wrote to stderr. */
  readonly output: string;

  constructor({ command, exitCode, signal, output }: { readonly command: string; readonly exitCode: number | undefined; readonly signal: string | undefined; readonly output: string }, options?: ErrorOptions) {
    super(`Cannot use the output of '${command}': it ${exitCode === undefined ? (signal === undefined ? 'did not start' : `was ended by ${signal}`) : `exited with ${String(exitCode)}`}${output === '' ? '' : `: ${output}`}`, options);
    this.command = command;
    this.exitCode = exitCode;
    this.signal = signal;
    this.output = output;
  }
}

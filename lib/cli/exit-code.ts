import type { SluiceErrorCode } from '../errors/any-sluice-error.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { TerminalState } from '../model/job-state.js';
import type { StopSignal } from './cli-io.js';
import { CliError } from './cli-error.js';

/** What the exit codes of the command mean. They never change their meaning; `docs/command.md` lists them. */
export const exitCode = {
  completed: 0,
  failed: 1,
  usage: 2,
  cancelled: 3,
  owned: 4,
  notFound: 5,
  store: 6,
  paused: 7,
  refused: 8,
} as const;

/** The exit code for a job that has ended. */
export function exitCodeOfState(state: TerminalState): number {
  return exitCode[state];
}

/** The exit code for having been stopped by a signal: 128 and its number, as shells have it. */
export function exitCodeOfSignal(signal: StopSignal): number {
  return 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
}

const exitCodes: { readonly [code in SluiceErrorCode]?: number } = {
  INVALID_SPEC: exitCode.usage,
  NOT_SERIALIZABLE: exitCode.usage,
  SPEC_MISMATCH: exitCode.usage,
  JOB_FAILED: exitCode.failed,
  JOB_CANCELLED: exitCode.cancelled,
  JOB_OWNED: exitCode.owned,
  CONFLICT: exitCode.owned,
  JOB_NOT_FOUND: exitCode.notFound,
  INVALID_TRANSITION: exitCode.refused,
};

/** The exit code for an error. */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  return (isSluiceError(error) ? exitCodes[error.code] : undefined) ?? exitCode.store;
}

import { isSluiceError } from '../../errors/is-sluice-error.js';
import { CliError } from '../cli-error.js';
import { oneLine } from './one-line.js';

/** What to do about some errors. */
const hints: { readonly [code: string]: (jobId: string) => string } = {
  JOB_OWNED: (jobId) => `; to follow it: sluice watch ${jobId}`,
  SPEC_MISMATCH: (jobId) => `; to start over: sluice delete ${jobId}`,
};

/**
 * An error as one line: what went wrong, why, and what to do.
 *
 * @param error - anything that was thrown, or an `ErrorRecord`
 */
export function showError(error: unknown): string {
  const messages: string[] = [];
  for (let at = error; at !== undefined && at !== null && messages.length < 8; at = causeOf(at)) {
    const message = messageOf(at);
    // Most messages hold that of their cause.
    if (!messages.some((shown) => shown.includes(message))) messages.push(message);
  }
  const hint = isSluiceError(error) ? hints[error.code]?.(String(Reflect.get(error, 'jobId'))) : undefined;
  return oneLine(`${messages.join(': ')}${hint ?? ''}`);
}

function messageOf(error: unknown): string {
  const message: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : error;
  return String(message);
}

function causeOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || error instanceof CliError) return undefined;
  const { code, cause, error: record } = error as { readonly [key in 'code' | 'cause' | 'error']?: unknown };
  // Why a process failed is in its last lines; what the library that ran it says adds nothing, unless there
  // was no process.
  if (code === 'PROCESS_FAILED' && !messageOf(error).endsWith('did not start')) return undefined;
  // Who owns a job and where specs differ is said by the error itself.
  if (code === 'JOB_OWNED' || code === 'SPEC_MISMATCH') return undefined;
  // A failure that was read back has its cause in its record.
  return cause ?? (code === 'JOB_FAILED' ? record : undefined);
}

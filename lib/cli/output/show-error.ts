import { CliError } from '../cli-error.js';
import { oneLine } from './one-line.js';

/**
 * An error as one line: what went wrong, and why.
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
  return oneLine(messages.join(': '));
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

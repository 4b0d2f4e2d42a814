import { isSluiceError } from '../errors/sluice-error.js';
import { oneLine } from './one-line.js';

/** What to do about some errors. */
const hints: { readonly [code: string]: (jobId: string) => string } = {
  JOB_OWNED: (jobId) => `; to follow it: sluice watch ${jobId}`,
  SPEC_MISMATCH: (jobId) => `; to start over: sluice delete ${jobId}`,
};

/** An error as one line: what went wrong, why, and what to do. */
export function showError(error: unknown): string {
  const messages: string[] = [];
  for (let at = error; at !== undefined && at !== null && messages.length < 8; at = Reflect.get(Object(at) as object, 'cause')) {
    const message = at instanceof Error ? at.message : String(at);
    // Most messages hold that of their cause.
    if (message !== '' && !messages.some((shown) => shown.includes(message))) messages.push(message);
    // Why a process failed is in its last lines; what the library that ran it says adds nothing.
    if (isSluiceError(at) && (at.code === 'PROCESS_FAILED' || at.code === 'JOB_OWNED' || at.code === 'SPEC_MISMATCH')) break;
    if (isSluiceError(at) && at.code === 'JOB_FAILED' && at.cause === undefined) break;
  }
  const hint = isSluiceError(error) ? hints[error.code]?.(String(Reflect.get(error, 'jobId'))) : undefined;
  return oneLine(`${messages.join(': ')}${hint ?? ''}`);
}

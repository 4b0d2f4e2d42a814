import { now } from '../time/wall-time.js';

/**
 * Reads a `Retry-After` header: seconds, or a date of HTTP in any of its three forms. An error that carries
 * the answer as `retryAfterMs` is tried again no sooner.
 *
 * @example A worker that does as the server says
 * ```ts
 * import type { ChunkTask } from 'sluice';
 * import { parseRetryAfter } from 'sluice';
 *
 * export async function download(task: ChunkTask<string>): Promise<string> {
 *   const response = await fetch(task.chunk, { signal: task.signal });
 *   if (response.ok) return response.text();
 *   const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'));
 *   throw Object.assign(new Error(`${task.chunk}: ${response.status}`), { retryAfterMs });
 * }
 * ```
 *
 * @param value - the header as it came; `null` or `undefined` where there is none
 * @returns how long to wait, in ms, 0 or more; `undefined` for what is no such header
 */
export function parseRetryAfter(value: string | null | undefined): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  if (!httpDate.test(text)) return undefined;
  // The form of asctime names no zone, and is in GMT as well.
  const at = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now());
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. */
const httpDate = /^[A-Z][a-z]+,? [\w -]+ \d\d:\d\d:\d\d( GMT| \d{4})$/;

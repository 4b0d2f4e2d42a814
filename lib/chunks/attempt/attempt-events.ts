import { toErrorRecord } from '../../errors/error-record.js';
import type { ChunkEvent } from '../../model/job-event.js';
import { now } from '../../time/wall-time.js';
import type { Attempt } from './attempt.js';

/** The chunk of the attempt is done. */
export function chunkCompleted<C, R>({ index, attempt, result }: Attempt<C, R>): ChunkEvent<R> {
  return result === undefined
    ? { type: 'chunk-completed', index, attempt }
    : { type: 'chunk-completed', index, attempt, result };
}

/** The attempt failed, and the next one is due after `delayMs`. */
export function chunkRetrying(
  index: number,
  attempt: number,
  error: unknown,
  delayMs: number,
): ChunkEvent<never> {
  const record = toErrorRecord(error, { index, attempt });
  return { type: 'chunk-retrying', index, attempt, error: record, dueAt: now() + delayMs };
}

/** The attempt failed, and it was the last one. */
export function chunkFailed(index: number, attempt: number, error: unknown): ChunkEvent<never> {
  return { type: 'chunk-failed', index, attempt, error: toErrorRecord(error, { index, attempt }) };
}

/** The attempt was stopped and did not end in time. */
export function attemptAbandoned<C, R>({ index, attempt }: Attempt<C, R>): ChunkEvent<never> {
  return { type: 'attempt-abandoned', index, attempt };
}

import type { Observable, OperatorFunction } from 'rxjs';
import { defer, filter, finalize, tap } from 'rxjs';
import type { ChunkOutcome, FailedChunk } from '../model/chunk-outcome.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { OutcomeQuery } from '../ports/job-repository.js';
import { eachWake } from './each-wake.js';

/**
 * The failed chunks of a job as they come, each once: of the outcomes, only those are read that are newer
 * than what was read before.
 *
 * @param outcomes - reads the outcomes of the job
 * @returns an operator from its snapshots
 */
export function newFailures(
  outcomes: (query: OutcomeQuery) => Observable<ChunkOutcome>,
): OperatorFunction<JobSnapshot, FailedChunk> {
  return (snapshots$) =>
    defer(() => {
      let revision = 0;
      let since = 0;
      // A read can find outcomes that are newer than its snapshot: the next one finds them again.
      let before: ReadonlySet<string> = new Set();
      const read = (): Observable<FailedChunk> => {
        const upTo = revision;
        const found = new Set<string>();
        return outcomes({ failed: true, since }).pipe(
          filter((outcome) => outcome.status === 'failed'),
          tap((failure) => found.add(keyOf(failure))),
          filter((failure) => !before.has(keyOf(failure))),
          finalize(() => {
            since = upTo;
            before = found;
          }),
        );
      };
      return snapshots$.pipe(
        tap((snapshot) => (revision = snapshot.revision)),
        eachWake(read),
      );
    });
}

function keyOf({ index, attempt, at }: FailedChunk): string {
  return [index, attempt, at].join(' ');
}

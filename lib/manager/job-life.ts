import type { Observable } from 'rxjs';
import {
  BehaviorSubject,
  concatMap,
  defer,
  EMPTY,
  identity,
  of,
  ReplaySubject,
  startWith,
  take,
  tap,
} from 'rxjs';
import { assertFunction, assertMs } from '../errors/assert-option.js';
import { execute } from '../executor/execute.js';
import { executeStored } from '../executor/execute-stored.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { pendingSnapshot } from '../model/job-snapshot.js';
import { randomId } from '../model/random-id.js';
import type { JobSpec, StoredSpec } from '../model/spec/job-spec.js';
import { completeSpec } from '../model/spec/job-spec.js';
import { takeJson } from '../model/spec/json.js';
import { endWhenFailed } from '../operators/end-when-failed.js';
import { persistCommits } from '../operators/persist-commits.js';
import { scanCommits } from '../operators/scan-commits.js';
import { now } from '../time/wall-time.js';
import { callProgress } from './call-progress.js';
import { failOnFailedSnapshot } from './fail-on-failed-snapshot.js';
import { ownedCommands } from './owned-commands.js';
import { keepLease } from './keep-lease.js';
import { LeaseClock } from './lease-clock.js';
import type { ManageJobOptions } from './manage-job-options.js';
import { openJob } from './open-job.js';
import type { OwnedJob } from './owned-jobs.js';
import { storedMerge } from './stored-merge.js';

/** How a job comes to be run: what a manager decides for its user. */
export interface JobEntry {
  /** Whether another process could go on with the job: whether its worker is that of its kind. */
  readonly recoverable: boolean;
  /**
   * Whether a job that is not stored is created. Otherwise it is an error (`JOB_NOT_FOUND`): for going on
   * with a job that may just have been deleted.
   */
  readonly creates: boolean;
  /** The job as it was claimed: it is not opened then. */
  readonly owned?: OwnedJob | undefined;
}

/**
 * One job's whole life, as `manageJob` and the manager run it.
 *
 * @param spec - what is to be done
 * @param options - how, and where it is stored
 * @param entry - how it comes to be run
 * @returns a cold stream of stored snapshots, see `manageJob`
 */
export function jobLife<C, R>(
  spec: JobSpec<C>,
  options: ManageJobOptions<C, R>,
  { recoverable, creates, owned }: JobEntry,
): Observable<JobSnapshot> {
  const { repository, owner = 'manageJob', leaseMs = 15_000, merge, cleanUp, onProgress } = options;
  assertMs('manage job', 'leaseMs', leaseMs, 1);
  if (merge !== undefined) assertFunction('manage job', 'merge', merge);
  if (cleanUp !== undefined) assertFunction('manage job', 'cleanUp', cleanUp);
  const stored = completeSpec(spec);
  // Checks the options now, when they were given.
  void execute(stored, { ...options, merge: undefined, cleanUp: undefined });
  persistCommits(repository, { saveRetry: options.saveRetry });

  const opened$ = defer(() =>
    openJob(
      repository,
      stored,
      pendingSnapshot(stored, { at: now(), recoverable, incarnation: randomId(8) }),
      {
        owner,
        leaseMs,
        reopens: options.redrive !== undefined,
        creates,
      },
    ),
  );
  return (owned ? of(owned) : opened$).pipe(
    concatMap((job) => ('lease' in job ? ownedLife(job, stored, options) : of(job.snapshot))),
    callProgress(onProgress),
    failOnFailedSnapshot(), // … and only now becomes an error
  );
}

function ownedLife<C, R>(
  { lease, snapshot, heldSince }: OwnedJob,
  spec: StoredSpec<C>,
  options: ManageJobOptions<C, R>,
): Observable<JobSnapshot> {
  const { repository, saveRetry, leaseMs = 15_000, merge, cleanUp } = options;
  const unstored$ = new BehaviorSubject(0);
  const ended$ = new ReplaySubject<void>(1);
  // A consumer that takes only the first snapshot leaves before the work begins. Then `onLeft` is never
  // called.
  let isBegun = false;
  const workEnded$ = defer(() => (isBegun ? ended$.pipe(take(1)) : EMPTY));
  const outcomes$ = defer(() => repository.outcomes(spec.id)) as Observable<ChunkOutcome<R>>;
  const clock = new LeaseClock(heldSince, leaseMs);
  let latest = snapshot;

  return defer(() => {
    isBegun = true;
    return executeStored(
      spec,
      {
        ...options,
        ...ownedCommands(repository, lease, options),
        worker: clock.guard(options.worker),
        from: snapshot,
        onProgress: undefined,
        merge: merge && storedMerge(merge, outcomes$, () => latest),
        cleanUp: cleanUp && storedMerge(cleanUp, outcomes$, () => latest),
      },
      {
        unstored$,
        takeResult: takeJson,
        onLeft: () => {
          ended$.next();
        },
      },
    );
  }).pipe(
    endWhenFailed(), // a failure stays an event until it has been stored …
    scanCommits(snapshot, lease.token), // reduceJob inside: a snapshot, and the event that led to it
    persistCommits(repository, {
      saveRetry,
      onUnstored: (count) => {
        unstored$.next(count);
      },
    }), // concatMap inside: batches, in order
    // A redriven job begins with its next snapshot. The stored one is terminal, and would end its watchers.
    options.redrive === undefined ? startWith(snapshot) : identity,
    tap((stored) => (latest = stored)),
    keepLease({ repository, lease, leaseMs, clock, workEnded$ }),
  );
}

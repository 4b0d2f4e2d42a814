import type { Observable, ObservableInput } from 'rxjs';
import { catchError, concat, defer, EMPTY, filter, from, tap, throwError } from 'rxjs';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { AcquiredJob, JobRepository } from '../../ports/job-repository.js';
import type { CrashEntry } from './crash-entry.js';

/** What is taken down, and for which process. */
export interface RecordedRepositoryOptions {
  /** Which process, 1-based. */
  readonly life: number;
  /** Its own, over the store that all share. */
  readonly repository: JobRepository;
  /** Takes down what is seen. */
  readonly record: (entry: CrashEntry) => void;
  /**
   * Whether nobody waits for the process any more. Then nobody hears that its last calls failed.
   *
   * @defaultValue never
   */
  readonly isLeft?: (() => boolean) | undefined;
}

/**
 * A repository whose job is taken down: what was sent to it, and what it said.
 *
 * @param options - see {@link RecordedRepositoryOptions}
 * @param inRun - hears of each snapshot that the process owns or stores
 */
export function recordedRepository(
  { repository, life, record, isLeft = () => false }: RecordedRepositoryOptions,
  inRun: (snapshot: JobSnapshot) => void,
): JobRepository {
  const acquired = ({ lease: { token }, snapshot }: AcquiredJob): void => {
    inRun(snapshot);
    record({ type: 'acquired', life, token, snapshot });
  };
  const loaded = (snapshot: JobSnapshot | undefined): void => {
    if (snapshot) record({ type: 'loaded', life, snapshot });
  };
  return {
    create: (spec, snapshot, request) =>
      defer(() => {
        record({ type: 'created', life, snapshot });
        return repository.create(spec, snapshot, request);
      }).pipe(
        tap((job) => {
          if (job) acquired(job);
        }),
      ),
    load: (jobId) =>
      from(repository.load(jobId)).pipe(
        tap((job) => {
          loaded(job?.snapshot);
        }),
      ),
    snapshot: (jobId) => from(repository.snapshot(jobId)).pipe(tap(loaded)),
    list: (query) => from(repository.list(query)).pipe(tap<JobSnapshot>(loaded)),
    acquire: (jobId, request) => from(repository.acquire(jobId, request)).pipe(tap(acquired)),
    claim: (request) => from(repository.claim(request)).pipe(tap(acquired)),
    renew: (lease) => repository.renew(lease),
    release: (lease) =>
      from(repository.release(lease)).pipe(
        catchError((error: unknown) => (isLeft() ? EMPTY : throwError(() => error))),
      ),
    save: (commits) =>
      defer(() => {
        inRun(commits.at(-1)!.snapshot);
        record({ type: 'sent', life, commits });
        return then(repository.save(commits), () => {
          for (const { token, snapshot } of commits)
            record({ type: 'stored', life, token, revision: snapshot.revision, snapshot });
        });
      }),
    outcomes: (jobId, query) => repository.outcomes(jobId, query),
    send: (jobId, command) => repository.send(jobId, command),
    commands: (lease) => repository.commands(lease),
    delete: (jobId, lease) =>
      defer(() =>
        then(repository.delete(jobId, lease), () => {
          record({ type: 'deleted', life });
        }),
      ),
    ...(repository.watch && { watch: (jobId) => repository.watch!(jobId) }),
  };
}

function then(input: ObservableInput<void>, done: () => void): Observable<never> {
  return concat(
    from(input).pipe(filter((_): _ is never => false)),
    defer(() => {
      done();
      return EMPTY;
    }),
  );
}

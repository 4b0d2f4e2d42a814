import type { Observable } from 'rxjs';
import { concat, concatMap, defer, EMPTY, from, ignoreElements } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import type { JobCommit } from '../../model/job-commit.js';
import type { JobRepository } from '../../ports/job-repository.js';
import { MemoryJobRepository } from '../../repositories/memory-job-repository.js';
import type { SubscriptionFrames } from './subscription-frames.js';
import { logSubscriptions } from './subscription-frames.js';

/**
 * What a call of the repository looks like. `|` is where the work is done and the call completes; `#` fails
 * it, with nothing done. `s` does the work at an earlier frame: `'--s--#'` is a write that was stored and yet
 * failed.
 */
export type CallMarbles = string;

/** Options of {@link marbleJobRepository}. */
export interface MarbleJobRepositoryOptions {
  /**
   * Saves: one diagram for all; one for each call (the last one also stands for later calls); or a function
   * that draws it from the batch and the number of the call, 1-based.
   *
   * @defaultValue none: stored at once
   */
  readonly save?:
    | CallMarbles
    | readonly CallMarbles[]
    | ((commits: readonly JobCommit[], call: number) => CallMarbles)
    | undefined;
  /** Calls of `create`. */
  readonly create?: CallMarbles | undefined;
  /** Calls of `load`. */
  readonly load?: CallMarbles | undefined;
  /** Calls of `snapshot`. */
  readonly snapshot?: CallMarbles | undefined;
  /** Calls of `list`. */
  readonly list?: CallMarbles | undefined;
  /** Calls of `acquire`. */
  readonly acquire?: CallMarbles | undefined;
  /** Calls of `claim`. */
  readonly claim?: CallMarbles | undefined;
  /** Calls of `renew`. */
  readonly renew?: CallMarbles | undefined;
  /** Calls of `release`. */
  readonly release?: CallMarbles | undefined;
  /** Calls of `outcomes`. */
  readonly outcomes?: CallMarbles | undefined;
  /** Calls of `send`. */
  readonly send?: CallMarbles | undefined;
  /** Calls of `commands`: it listens from where the work is done, and `#` after an `s` ends the listening. */
  readonly commands?: CallMarbles | undefined;
  /** Calls of `delete`. */
  readonly delete?: CallMarbles | undefined;
  /** Calls of `watch`: it listens from where the work is done. */
  readonly watch?: CallMarbles | undefined;
  /**
   * What `#` stands for.
   *
   * @defaultValue the string `'error'`
   */
  readonly error?: unknown;
  /**
   * Where jobs are in fact kept. In virtual time it must answer with Observables.
   *
   * @defaultValue a new `MemoryJobRepository`
   */
  readonly repository?: JobRepository | undefined;
}

/** A repository whose calls take virtual time, and that writes down its saves. */
export interface MarbleJobRepository extends JobRepository {
  /** The batches that were to be saved, in that order, also those that failed. */
  readonly batches: readonly (readonly JobCommit[])[];
  /** When each save ran: for `expectSubscriptions`. */
  readonly saves: SubscriptionFrames[];
}

/**
 * A repository that runs in virtual time: each call takes as long as its diagram, and fails where the diagram
 * does.
 *
 * @example A first save that fails
 * ```ts
 * import { manageJob } from 'sluice';
 * import { marbleJobRepository, marbleWorker, runMarbles } from 'sluice/testing';
 * import { ignoreElements } from 'rxjs';
 *
 * runMarbles((helpers) => {
 *   const repository = marbleJobRepository(helpers, { save: ['--#', '--|'], error: new Error('disk full') });
 *   const job$ = manageJob(
 *     { id: 'job', kind: 'test', chunks: [1] },
 *     { worker: marbleWorker(helpers, 'a|'), repository, saveRetry: { retries: 1, delayMs: 3 } },
 *   );
 *   helpers.expectObservable(job$.pipe(ignoreElements())).toBe('-----------|');
 *   helpers.expectSubscriptions(repository.saves).toBe(['^-!', '-----^-!', '-------^-!', '---------^-!']);
 * });
 * ```
 *
 * @param helpers - of `runMarbles` or of `TestScheduler.run`
 * @param options - see {@link MarbleJobRepositoryOptions}
 */
export function marbleJobRepository(
  helpers: Pick<RunHelpers, 'cold'>,
  options: MarbleJobRepositoryOptions = {},
): MarbleJobRepository {
  const { save, error, repository = new MemoryJobRepository(), ...marbles } = options;
  const batches: (readonly JobCommit[])[] = [];
  const saves: SubscriptionFrames[] = [];

  const call = <T>(diagram: CallMarbles | undefined, work: () => Observable<T>): Observable<T> => {
    if (diagram === undefined) return defer(work);
    return defer(() => {
      let done = false;
      const once = (): Observable<T> => {
        if (done) return EMPTY;
        done = true;
        return work();
      };
      const time$: Observable<string> = helpers.cold(diagram, undefined, error);
      return concat(time$.pipe(concatMap((letter) => (letter === 's' ? once() : EMPTY))), defer(once));
    });
  };

  return {
    batches,
    saves,
    create: (spec, snapshot, request) =>
      call(marbles.create, () => from(repository.create(spec, snapshot, request))),
    load: (jobId) => call(marbles.load, () => from(repository.load(jobId))),
    snapshot: (jobId) => call(marbles.snapshot, () => from(repository.snapshot(jobId))),
    list: (query) => call(marbles.list, () => from(repository.list(query))),
    claim: (request) => call(marbles.claim, () => from(repository.claim(request))),
    acquire: (jobId, request) => call(marbles.acquire, () => from(repository.acquire(jobId, request))),
    renew: (lease) => call(marbles.renew, () => from(repository.renew(lease))),
    release: (lease) => call(marbles.release, () => from(repository.release(lease))),
    outcomes: (jobId, query) => call(marbles.outcomes, () => from(repository.outcomes(jobId, query))),
    send: (jobId, command) => call(marbles.send, () => from(repository.send(jobId, command))),
    commands: (lease) => call(marbles.commands, () => from(repository.commands(lease))),
    delete: (jobId, lease) => call(marbles.delete, () => from(repository.delete(jobId, lease))),
    ...(repository.watch && {
      watch: (jobId) => call(marbles.watch, () => from(repository.watch!(jobId))),
    }),
    save(commits) {
      const saved$ = defer(() => {
        batches.push(commits);
        return call(saveMarbles(save, commits, batches.length), () =>
          from(repository.save(commits)).pipe(ignoreElements()),
        );
      });
      return logSubscriptions(saved$, saves);
    },
  };
}

function saveMarbles(
  save: MarbleJobRepositoryOptions['save'],
  commits: readonly JobCommit[],
  call: number,
): CallMarbles | undefined {
  if (save === undefined || typeof save === 'string') return save;
  return typeof save === 'function' ? save(commits, call) : (save[call - 1] ?? save.at(-1));
}

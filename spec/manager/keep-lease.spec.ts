import type { Observable } from 'rxjs';
import {
  asyncScheduler,
  catchError,
  defer,
  delay,
  from,
  ignoreElements,
  map,
  mergeMap,
  NEVER,
  of,
  take,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ConflictError } from '../../lib/errors/conflict-error.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import type { JobRepository } from '../../lib/ports/job-repository.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { marbleJobRepository } from '../../lib/testing/marbles/marble-job-repository.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { reportedErrors } from '../operators/reported-errors.js';
import { snapshotLetters } from './snapshot-letters.js';

const spec = { id: 'job', kind: 'test', chunks: [0, 1] };

/** Whether somebody else could have the job at each of these frames. */
const freeAt = (repository: MemoryJobRepository, ...frames: number[]): Observable<string>[] =>
  frames.map((frame) =>
    timer(frame).pipe(
      mergeMap(() => repository.acquire('job', { owner: 'other', leaseMs: 1 })),
      map(() => 'free'),
      catchError(() => of('owned')),
    ),
  );

/** The repository, with other answers to `renew`. */
const renewing = (
  repository: MemoryJobRepository,
  renew: (call: number) => Observable<void> | undefined,
): { readonly repository: JobRepository; readonly renewedAt: number[] } => {
  const renewedAt: number[] = [];
  const stored = repository.renew.bind(repository);
  repository.renew = (lease) =>
    defer(() => {
      renewedAt.push(asyncScheduler.now());
      return renew(renewedAt.length) ?? stored(lease);
    });
  return { repository, renewedAt };
};

describe('the lease of manageJob', () => {
  it('is renewed three times in leaseMs', () => {
    runMarbles((helpers) => {
      const { repository, renewedAt } = renewing(new MemoryJobRepository(), () => undefined);
      const worker = marbleWorker(helpers, '100ms (a|)');
      const job$ = manageJob(spec, { worker, concurrency: 2, repository, leaseMs: 30 });
      helpers.expectObservable(job$.pipe(ignoreElements())).toBe('100ms |');
      helpers.flush();
      expect(renewedAt).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    });
  });

  it.each<[string, (call: number) => Observable<void> | undefined]>([
    ['does not answer', () => NEVER],
    ['fails', () => throwError(() => new Error('unreachable'))],
  ])('stops the work when it runs out by our own clock, while the repository %s', (_how, renew) => {
    runMarbles((helpers) => {
      const { repository } = renewing(new MemoryJobRepository(), renew);
      const worker = marbleWorker(helpers, ['----(a|)', '-']);
      const job$ = manageJob(spec, { worker, concurrency: 1, repository, leaseMs: 30 });
      helpers.expectObservable(job$.pipe(snapshotLetters())).toBe('(nr)1 25ms #', undefined, 'CONFLICT');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^---!', '----^ 25ms !']);
    });
  });

  it('starts nothing more when it has run out, and errors when what ran has stopped', () => {
    runMarbles((helpers) => {
      const { repository } = renewing(new MemoryJobRepository(), () => NEVER);
      repository.release = () => NEVER;
      const worker = marbleWorker(helpers, ['-', '-'], { teardown: '-----|' });
      const job$ = manageJob(spec, { worker, concurrency: 1, repository, leaseMs: 30 });
      helpers.expectObservable(job$.pipe(snapshotLetters())).toBe('(nr) 31ms #', undefined, 'CONFLICT');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^ 29ms !']);
    });
  });

  it('holds from when it was asked for, not from when the answer came', () => {
    runMarbles((helpers) => {
      const { repository } = renewing(new MemoryJobRepository(), (call) =>
        call === 1 ? undefined : call === 2 ? timer(8).pipe(map(() => undefined)) : NEVER,
      );
      const job$ = manageJob(spec, { worker: () => NEVER, repository, leaseMs: 30 });
      helpers
        .expectObservable(job$.pipe(ignoreElements()))
        .toBe('50ms #', undefined, expect.any(ConflictError));
    });
  });

  it('counts the time that the repository took to give it', () => {
    runMarbles((helpers) => {
      const { repository } = renewing(new MemoryJobRepository(), () => NEVER);
      const acquire = repository.acquire.bind(repository);
      repository.acquire = (...args) => from(acquire(...args)).pipe(delay(20));
      const job$ = manageJob(spec, { worker: () => NEVER, repository, leaseMs: 30 });
      helpers
        .expectObservable(job$.pipe(ignoreElements()))
        .toBe('30ms #', undefined, expect.any(ConflictError));
    });
  });

  it('is renewed after the consumer has left, until the work has stopped', () => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      const worker = marbleWorker(helpers, '-', { teardown: '200ms |' });
      const job$ = manageJob(spec, { worker, repository, leaseMs: 60, concurrency: 1 });
      helpers.expectObservable(job$.pipe(ignoreElements()), '^---!').toBe('-');
      const [early$, late$, after$] = freeAt(repository, 100, 200, 205);
      helpers.expectObservable(early$!).toBe('100ms (o|)', { o: 'owned' });
      helpers.expectObservable(late$!).toBe('200ms (o|)', { o: 'owned' });
      helpers.expectObservable(after$!).toBe('205ms (f|)', { f: 'free' });
    });
  });

  it('is given back to the end when the consumer leaves meanwhile', () => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      const slow = marbleJobRepository(helpers, { release: '10ms |', repository });
      const job$ = manageJob(spec, { worker: () => of(1), repository: slow });
      helpers.expectObservable(job$.pipe(ignoreElements()), '^----!').toBe('-');
      helpers.expectObservable(freeAt(repository, 11)[0]!).toBe('11ms (f|)', { f: 'free' });
    });
  });

  it.each(['created', 'acquired'])('is given back when the consumer leaves before the job is %s', (how) => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      if (how === 'acquired')
        manageJob(spec, { worker: () => NEVER, repository })
          .pipe(take(1))
          .subscribe();
      const slow = marbleJobRepository(helpers, { repository });
      slow.create = (...args) => repository.create(...args).pipe(delay(10));
      slow.acquire = (...args) => repository.acquire(...args).pipe(delay(10));
      const job$ = manageJob(spec, { worker: () => of(1), repository: slow });
      helpers.expectObservable(job$, '^----!').toBe('-');
      const [before$, after$] = freeAt(repository, 9, 11);
      helpers.expectObservable(before$!).toBe('9ms (o|)', { o: 'owned' });
      helpers.expectObservable(after$!).toBe('11ms (f|)', { f: 'free' });
    });
  });

  it('reports that it could not be given back to whoever has left, and only then', async () => {
    const failure = new Error('unreachable');
    const repository = new MemoryJobRepository();
    repository.release = () => throwError(() => failure);
    const job$ = manageJob(spec, { worker: () => of(1), repository });
    const errors: unknown[] = [];
    const reported = await reportedErrors(() => {
      job$.subscribe({ error: (error: unknown) => errors.push(error) });
    });
    expect({ errors, reported }).toEqual({ errors: [failure], reported: [] });

    const left = await reportedErrors(() => {
      manageJob({ ...spec, id: 'other' }, { worker: () => of(1), repository })
        .pipe(take(1))
        .subscribe();
    });
    expect(left).toEqual([failure]);
  });
});

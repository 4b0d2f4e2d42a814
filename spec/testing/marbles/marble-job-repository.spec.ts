import type { Observable } from 'rxjs';
import { concat, from, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { JobCommit } from '../../../lib/model/job-commit.js';
import { pendingSnapshot } from '../../../lib/model/job-snapshot.js';
import { completeSpec } from '../../../lib/model/spec/job-spec.js';
import { reduceJob } from '../../../lib/model/reduce-job.js';
import type { JobRepository } from '../../../lib/ports/job-repository.js';
import { MemoryJobRepository } from '../../../lib/repositories/memory-job-repository.js';
import { marbleJobRepository } from '../../../lib/testing/marbles/marble-job-repository.js';
import { runMarbles } from '../../../lib/testing/marbles/run-marbles.js';

const spec = completeSpec({ id: 'job', kind: 'test', chunks: [1] });
const pending = pendingSnapshot(spec, { at: 0 });

describe('marbleJobRepository', () => {
  it('stores where the diagram of a save completes', () => {
    runMarbles((helpers) => {
      const repository = marbleJobRepository(helpers, { save: '---|' });
      const commits = [started(repository)];

      helpers
        .expectObservable(concat(from(repository.save(commits)), revision(repository)))
        .toBe('---(a|)', { a: 2 });
      helpers.expectObservable(revision(repository), '--^').toBe('--(a|)', { a: 1 });
      helpers.expectSubscriptions(repository.saves).toBe('^--!');
      helpers.flush();
      expect(repository.batches).toEqual([commits]);
    });
  });

  it('fails a save with nothing stored, and draws the next call by the next diagram', () => {
    runMarbles((helpers) => {
      const repository = marbleJobRepository(helpers, { save: ['--#', '-|'], error: 'disk full' });
      const commits = [started(repository)];

      helpers.expectObservable(from(repository.save(commits))).toBe('--#', undefined, 'disk full');
      helpers.expectObservable(revision(repository), '---^').toBe('---(a|)', { a: 1 });
      helpers
        .expectObservable(concat(from(repository.save(commits)), revision(repository)), '----^')
        .toBe('-----(a|)', { a: 2 });
    });
  });

  it('stores at an s, also where the call fails later', () => {
    runMarbles((helpers) => {
      const repository = marbleJobRepository(helpers, {
        save: (commits, call) => (commits.length === 1 && call === 1 ? '-s-#' : '|'),
      });
      const commits = [started(repository)];

      helpers.expectObservable(from(repository.save(commits))).toBe('---#');
      helpers.expectObservable(revision(repository), '--^').toBe('--(a|)', { a: 2 });
    });
  });

  it('sends and listens at once, or where the diagrams say, and stops listening at a #', () => {
    runMarbles((helpers) => {
      const repository = marbleJobRepository(helpers, { send: '--|', commands: '---s---#' });
      const { token } = started(repository);
      const lease = { jobId: 'job', token };
      const [a, b] = [{ type: 'pause' }, { type: 'cancel' }] as const;

      helpers.expectObservable(from(repository.send('job', a))).toBe('--(u|)', { u: undefined });
      helpers.expectObservable(from(repository.send('job', b)), '---^').toBe('-----(u|)', { u: undefined });
      helpers.expectObservable(from(repository.commands(lease))).toBe('---a-b-#', { a, b });
    });
    runMarbles((helpers) => {
      const repository = marbleJobRepository(helpers);
      const { token } = started(repository);
      helpers
        .expectObservable(from(repository.commands({ jobId: 'job', token })), '^---!')
        .toBe('--a', { a: { type: 'resume' } });
      helpers
        .expectObservable(from(repository.send('job', { type: 'resume' })), '--^')
        .toBe('--(u|)', { u: undefined });
    });
  });

  it('lets the other calls take time, and answers at once where there is no diagram', () => {
    runMarbles((helpers) => {
      const repository = marbleJobRepository(helpers, {
        load: '--|',
        acquire: '-#',
        repository: new MemoryJobRepository(),
      });
      from(repository.create(spec, pending)).subscribe();

      helpers.expectObservable(revision(repository)).toBe('--(a|)', { a: 1 });
      helpers.expectObservable(from(repository.acquire('job', { owner: 'me', leaseMs: 1 }))).toBe('-#');
      helpers.expectObservable(from(repository.list())).toBe('(a|)', { a: pending });
    });
  });
});

/** Creates and acquires the job, and makes the commit that starts it. */
function started(repository: JobRepository): JobCommit {
  let token = '';
  concat(
    from(repository.create(spec, pending)),
    from(repository.acquire('job', { owner: 'me', leaseMs: 1_000 })),
  ).subscribe((acquired) => {
    if (acquired) token = acquired.lease.token;
  });
  const event = { type: 'job-started', at: 0 } as const;
  return { jobId: 'job', token, follows: 1, events: [event], snapshot: reduceJob(pending, event) };
}

function revision(repository: JobRepository): Observable<number | undefined> {
  return from(repository.load('job')).pipe(map((job) => job?.snapshot.revision));
}

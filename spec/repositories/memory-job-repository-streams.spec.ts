import { concat, ignoreElements, lastValueFrom, map, mergeMap, timer, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { JobOwnedError } from '../../lib/errors/job-owned-error.js';
import type { JobEvent } from '../../lib/model/job-event.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import type { StoredSpec } from '../../lib/model/spec/job-spec.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { reduceJob } from '../../lib/model/reduce-job.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { useMachine } from '../time/set-clock.js';

const spec: StoredSpec = completeSpec({ id: 'job', kind: 'test', chunks: [1, 2] });
const first = pendingSnapshot(spec, { at: 0 });

const created = (): MemoryJobRepository => {
  const repository = new MemoryJobRepository();
  repository.create(spec, first).subscribe();
  return repository;
};

describe('MemoryJobRepository, as streams', () => {
  it('does nothing before it is subscribed to, and does it again for each subscription', () => {
    const repository = new MemoryJobRepository();
    const errors: unknown[] = [];
    const create$ = repository.create(spec, first);
    expect(valueOf(repository)).toBeUndefined();
    create$.subscribe();
    expect(valueOf(repository)).toEqual({ spec, snapshot: first });
    create$.subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toMatchObject([{ code: 'JOB_EXISTS' }]);
  });

  it('answers in the frame in which it is asked', () => {
    runMarbles(({ cold, expectObservable }) => {
      const repository = created();
      const answers$ = cold('-a-a|').pipe(
        mergeMap(() => repository.load('job')),
        map((job) => job?.snapshot.state),
      );
      expectObservable(answers$).toBe('-p-p|', { p: 'pending' });
    });
  });

  it('lets leases run out by virtual time, unless they are renewed', () => {
    runMarbles(({ expectObservable }) => {
      const repository = created();
      const request = (owner: string): { owner: string; leaseMs: number } => ({ owner, leaseMs: 5 });
      const first$ = repository
        .acquire('job', request('one'))
        .pipe(
          mergeMap(({ lease }) =>
            concat(timer(3).pipe(ignoreElements()), repository.renew(lease)).pipe(ignoreElements()),
          ),
        );
      const other$ = repository.acquire('job', request('two')).pipe(map(({ lease }) => lease.jobId));
      first$.subscribe();
      expectObservable(concat(timer(7).pipe(ignoreElements()), other$)).toBe(
        '-------#',
        undefined,
        new JobOwnedError({ jobId: 'job', owner: "'one'" }),
      );
      expectObservable(concat(timer(8).pipe(ignoreElements()), other$)).toBe('--------(j|)', { j: 'job' });
    });
  });

  it('keeps nothing of one in another', () => {
    created();
    expect(valueOf(new MemoryJobRepository())).toBeUndefined();
  });

  it('stores what of a batch comes before a commit that does not follow', async () => {
    const repository = created();
    const { lease } = await lastValueFrom(repository.acquire('job', { owner: 'one', leaseMs: 1_000 }));
    const started: JobEvent = { type: 'job-started', at: 1 };
    const one = {
      jobId: 'job',
      token: lease.token,
      follows: 1,
      events: [started],
      snapshot: reduceJob(first, started),
    };
    const gap = { ...one, follows: 7, snapshot: { ...one.snapshot, revision: 8 } };
    await expect(lastValueFrom(repository.save([one, gap]))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(valueOf(repository)?.snapshot.revision).toBe(2);
  });

  it('lists and streams nothing of an empty store', async () => {
    expect(await lastValueFrom(new MemoryJobRepository().list().pipe(toArray()))).toEqual([]);
    expect(await lastValueFrom(created().outcomes('job').pipe(toArray()))).toEqual([]);
  });
});

/** The stored job: the memory answers synchronously. */
function valueOf(repository: MemoryJobRepository) {
  let found;
  repository.load('job').subscribe((job) => (found = job));
  return found as { readonly spec: StoredSpec; readonly snapshot: typeof first } | undefined;
}

describe('MemoryJobRepository on a machine', () => {
  const machine = useMachine();
  const hour = 3_600_000;

  it.each([-hour, hour])('lets a lease hold for its time when the clock is set by %d ms', (byMs) => {
    const repository = created();
    const owners: string[] = [];
    const acquire = (owner: string): void => {
      repository.acquire('job', { owner, leaseMs: 60_000 }).subscribe({
        next: () => owners.push(owner),
        error: (error: unknown) => owners.push((error as JobOwnedError).code),
      });
    };
    acquire('one');
    machine.setClock(byMs);
    machine.run(59_999);
    acquire('two');
    machine.run(1);
    acquire('three');
    expect(owners).toEqual(['one', 'JOB_OWNED', 'three']);
  });
});

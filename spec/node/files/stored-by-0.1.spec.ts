import { cp } from 'node:fs/promises';
import { lastValueFrom, of, toArray } from 'rxjs';
import type { JobSnapshot, JobState } from 'sluice';
import { claimableStates, manageJob } from 'sluice';
import { FileJobRepository } from 'sluice/node';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.js';

const states: readonly JobState[] = [
  'pending',
  'running',
  'merging',
  'pausing',
  'paused',
  'cancelling',
  'failing',
  'completed',
  'failed',
  'cancelled',
];

/** A copy of a store that Sluice 0.1 has written: a job in each state, named after it. */
async function store(): Promise<FileJobRepository> {
  const directory = temporaryDirectory();
  await cp(new URL('./stored-by-0.1/store', import.meta.url), directory, { recursive: true });
  return new FileJobRepository({ directory });
}

async function all<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}

const byId = (one: string, other: string): number =>
  states.indexOf(one as JobState) - states.indexOf(other as JobState);

/** Goes on with a stored job, and gives the states that are stored from there on. */
async function goneOnWith(
  repository: FileJobRepository,
  id: JobState,
  options: Partial<Parameters<typeof manageJob>[1]> = {},
): Promise<{
  readonly states: readonly JobState[];
  readonly last: JobSnapshot;
  readonly ran: readonly string[];
}> {
  const { spec } = (await repository.load(id))!;
  const ran: string[] = [];
  const snapshots: JobSnapshot[] = [];
  const job$ = manageJob(spec, {
    repository,
    worker: ({ chunk, attempt }) => {
      ran.push(`${String(chunk)}${attempt}`);
      return 'done';
    },
    ...options,
  });
  await job$.forEach((snapshot) => void snapshots.push(snapshot)).catch(() => undefined);
  return { states: [...new Set(snapshots.map(({ state }) => state))], last: snapshots.at(-1)!, ran };
}

describe('a store that Sluice 0.1 has written', () => {
  it('is sound', async () => {
    expect(await (await store()).verify()).toEqual([]);
  });

  it.each(states)('gives the %s job back', async (state) => {
    const repository = await store();
    const job = await repository.load(state);
    expect(job).toMatchObject({
      spec: { id: state, kind: 'rows', chunks: ['a', 'b', 'c', 'd'], metadata: { state } },
      snapshot: { id: state, state, incarnation: '', run: 1, totalChunks: 4 },
    });
    expect(job!.spec.priority).toBeUndefined();
    expect(await repository.snapshot(state)).toEqual(job!.snapshot);
  });

  it('lists its jobs in the order of their creation', async () => {
    const repository = await store();
    expect((await all(repository.list())).map(({ id }) => id)).toEqual(states);
    expect((await all(repository.list({ order: 'newest', limit: 2 }))).map(({ id }) => id)).toEqual([
      'cancelled',
      'failed',
    ]);
  });

  it('gives the outcomes of its jobs back, also after a revision', async () => {
    const repository = await store();
    const told = (
      outcomes: readonly { readonly index: number; readonly status: string }[],
    ): readonly string[] => outcomes.map(({ index, status }) => `${index} ${status}`);
    expect(told(await all(repository.outcomes('completed')))).toEqual([
      '0 completed',
      '1 completed',
      '2 completed',
      '3 completed',
    ]);
    expect(told(await all(repository.outcomes('failed')))).toEqual([
      '0 completed',
      '1 failed',
      '2 completed',
    ]);
    expect(told(await all(repository.outcomes('failed', { since: 5, failed: true })))).toEqual(['1 failed']);
  });

  it('gives the jobs that wait for an owner to whoever claims', async () => {
    const repository = await store();
    const request = { kinds: ['rows'], owner: 'now', leaseMs: 60_000, limit: 20 };
    const claimed = await all(repository.claim(request));
    expect(claimed.map(({ snapshot }) => snapshot.id)).toEqual([...claimableStates].sort(byId));
    for (const { lease } of claimed) await repository.release(lease);
  });

  it.each([
    ['pending', ['pending', 'running', 'completed'], ['a1', 'b1', 'c1', 'd1']],
    ['pausing', ['pausing', 'running', 'completed'], ['b2', 'd1']],
    ['paused', ['paused', 'running', 'completed'], ['b2', 'd1']],
    ['cancelling', ['cancelling', 'cancelled'], []],
    ['failing', ['failing', 'failed'], []],
    ['completed', ['completed'], []],
    ['failed', ['failed'], []],
    ['cancelled', ['cancelled'], []],
  ] as const)('goes on with the %s job', async (id, expected, ran) => {
    const repository = await store();
    const resumes = id === 'pausing' || id === 'paused';
    const went = await goneOnWith(repository, id, resumes ? { commands$: of('resume') } : {});
    expect(went).toMatchObject({ states: expected, ran });
    expect(await repository.snapshot(id)).toEqual(went.last);
    expect(await repository.verify()).toEqual([]);
  });

  it('goes on with the running job, after the commands that wait for its owner', async () => {
    const repository = await store();
    await repository.send('running', { type: 'resume' });
    const { last } = await goneOnWith(repository, 'running');
    expect(last).toMatchObject({ state: 'completed', completedChunks: 4 });
    expect(await all(repository.outcomes('running'))).toHaveLength(4);
    expect(await repository.verify()).toEqual([]);
  });

  it('merges the merging job again', async () => {
    const repository = await store();
    const merged: number[] = [];
    const { last } = await goneOnWith(repository, 'merging', {
      merge: async ({ outcomes$ }) => {
        merged.push(...(await lastValueFrom(outcomes$.pipe(toArray()))).map(({ index }) => index));
      },
    });
    expect([last.state, merged]).toEqual(['completed', [0, 1, 2, 3]]);
    expect(await repository.verify()).toEqual([]);
  });

  it('redrives the failed job', async () => {
    const repository = await store();
    const { last, ran } = await goneOnWith(repository, 'failed', { redrive: [[1, 1]] });
    expect([last.state, last.run, ran]).toEqual(['completed', 2, ['b1', 'd1']]);
    expect(await repository.verify()).toEqual([]);
  });

  it('loses a job that is deleted, which can be created anew', async () => {
    const repository = await store();
    const { spec, snapshot } = (await repository.load('pending'))!;
    await repository.delete('pending');
    expect(await repository.load('pending')).toBeUndefined();
    await repository.create(spec, { ...snapshot, incarnation: 'new' });
    expect((await repository.snapshot('pending'))?.incarnation).toBe('new');
  });
});

import { setImmediate as turn } from 'node:timers/promises';
import { from, lastValueFrom, of, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { execute } from '../../lib/executor/execute.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import { range } from '../../lib/model/spec/chunk-range.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { isTerminal } from '../../lib/model/job-state.js';
import { FileJobRepository } from '../../lib/node/files/file-job-repository.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { temporaryDirectory } from '../node/temporary-directory.js';
import { SlowJobRepository } from './slow-job-repository.js';
import { snapshotIn } from '../model/snapshot-in.js';
import { itInVirtualTime } from '../chunks/in-virtual-time.js';
import { many } from '../many.js';
import { runsAll } from '../runs-all.js';

const spec = (count: number) => ({ id: 'job', kind: 'load', chunks: range(count, 1) });

/** Takes a random number of turns of the loop, so that chunks end in any order. */
async function randomTurns({ index }: { readonly index: number }): Promise<number> {
  for (let turns = Math.floor(Math.random() * 8); turns > 0; turns--) await turn();
  return index;
}

/** Checks snapshots as they pass: no revision is missing, nothing goes back, one terminal state. */
class Witness {
  revision = 0;
  completions = 0;
  ends = 0;

  readonly see = (snapshot: JobSnapshot): void => {
    if (snapshot.revision !== this.revision + 1)
      throw new Error(`revision ${snapshot.revision} follows ${this.revision}`);
    if (
      snapshot.completedChunks - this.completions !== 0 &&
      snapshot.completedChunks - this.completions !== 1
    )
      throw new Error('completions were folded');
    this.revision = snapshot.revision;
    this.completions = snapshot.completedChunks;
    if (isTerminal(snapshot.state)) this.ends += 1;
  };
}

describe('16 slots and 2,000 chunks of random duration', () => {
  it('write every completion as a revision of its own into files, in order, in whole lines', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    const witness = new Witness();
    const progress: number[] = [];
    const job$ = manageJob(spec(2_000), {
      worker: randomTurns,
      repository,
      concurrency: 16,
      onProgress: (completed) => progress.push(completed),
    });
    const last = await lastValueFrom(job$.pipe(tap(witness.see)));

    expect(last).toMatchObject({
      state: 'completed',
      completed: [[0, 1_999]],
      completedChunks: 2_000,
      progress: 100,
      revision: 2_003,
    });
    expect(witness).toMatchObject({ completions: 2_000, ends: 1 });
    expect(progress).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1));

    const again = new FileJobRepository({ directory });
    expect((await again.load('job'))?.snapshot).toEqual(last);
    const outcomes: (readonly unknown[])[] = [];
    await from(again.outcomes('job')).forEach((outcome) =>
      outcomes.push([outcome.status, outcome.index, 'result' in outcome && outcome.result]),
    );
    expect(outcomes).toEqual(Array.from({ length: 2_000 }, (_, index) => ['completed', index, index]));
    expect(await again.verify('job')).toEqual([]);
  }, 60_000);

  it.each([1, 7, 64])(
    'keep no more than %i commits in memory, however slow the repository is',
    async (maxUnstored) => {
      // A chunk takes a turn at the most, a save a hundred.
      const repository = new SlowJobRepository(100);
      const witness = new Witness();
      const count = maxUnstored === 1 ? 100 : runsAll ? 2_000 : 500;
      let running = 0;
      let unseen = 0;
      let most = 0;
      const worker = async (): Promise<number> => {
        running += 1;
        if (Math.random() < 0.5) await turn();
        running -= 1;
        unseen += 1;
        most = Math.max(most, unseen + running);
        return 1;
      };
      const job$ = manageJob(spec(count), {
        worker,
        repository,
        concurrency: 16,
        maxUnstored,
        onProgress: () => {
          unseen -= 1;
        },
      });
      const last = await lastValueFrom(job$.pipe(tap(witness.see)));

      expect(last).toMatchObject({ state: 'completed', completedChunks: count });
      expect(witness).toMatchObject({ revision: count + 3, ends: 1 });
      expect(most).toBeLessThanOrEqual(maxUnstored);
      expect(repository.largestBatch).toBeLessThanOrEqual(maxUnstored);
      expect(repository.saves).toBeGreaterThanOrEqual(count / maxUnstored);
    },
    60_000,
  );
});

describe('many chunks', () => {
  itInVirtualTime(
    'run synchronously through execute',
    () => {
      let completions = 0;
      let ends = 0;
      execute(spec(many), { worker: () => of(1), concurrency: 16 }).subscribe((event) => {
        if (event.type === 'chunk-completed') completions += 1;
        if (event.type === 'job-completed') ends += 1;
      });
      expect({ completions, ends }).toEqual({ completions: many, ends: 1 });
    },
    60_000,
  );

  itInVirtualTime(
    'run synchronously through manageJob',
    () => {
      const witness = new Witness();
      manageJob(spec(many), {
        worker: () => of(1),
        repository: new MemoryJobRepository(),
        concurrency: 16,
      }).subscribe(witness.see);
      expect(witness).toMatchObject({ revision: many + 3, completions: many, ends: 1 });
    },
    60_000,
  );

  itInVirtualTime(
    'fail synchronously, each of them, where that is allowed',
    () => {
      let failures = 0;
      let ends = 0;
      const worker = (): never => {
        throw new Error('no');
      };
      execute(spec(many), { worker, retry: { retries: 0 }, tolerate: { failedRatio: 1 } }).subscribe(
        ({ type }) => {
          if (type === 'chunk-failed') failures += 1;
          if (type === 'job-completed') ends += 1;
        },
      );
      expect({ failures, ends }).toEqual({ failures: many, ends: 1 });
    },
    60_000,
  );

  it('are not looked at again when all but one of 100,000 have completed', () => {
    const stored = completeSpec(spec(100_000));
    const missing = 77_777;
    const left = snapshotIn('running', pendingSnapshot(stored, { at: 0 }), {
      revision: 100_001,
      completedChunks: 99_999,
      completed: [
        [0, missing - 1],
        [missing + 1, 99_999],
      ],
    });
    // Counts what is taken from the spec, which makes its chunks when they are asked for.
    let made = 0;
    const chunks = new Proxy(stored.chunks, {
      get: (target, key, receiver): unknown => {
        if (key === 'size') made += 1;
        return Reflect.get(target, key, receiver);
      },
    });
    const ran: number[] = [];
    const events: string[] = [];
    execute(
      { ...stored, chunks },
      {
        from: left,
        worker: ({ index }) => {
          ran.push(index);
          return of(1);
        },
      },
    ).subscribe(({ type }) => events.push(type));

    expect(ran).toEqual([missing]);
    expect(events).toEqual(['job-recovered', 'chunk-completed', 'job-completed']);
    expect(made).toBeLessThan(10);
  });
});

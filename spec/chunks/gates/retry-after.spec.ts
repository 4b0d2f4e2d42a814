import { concat, map, merge, NEVER, Subject, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { sharedLimit } from '../../../lib/chunks/gates/shared-limit.js';
import { runChunks } from '../../../lib/operators/run-chunks.js';
import type { ChunkTask } from '../../../lib/ports/worker-adapter.js';
import { runMarbles } from '../../../lib/testing/marbles/run-marbles.js';
import { now } from '../../../lib/time/wall-time.js';
import { pendingTimers } from '../pending-timers.js';

const refusal = (retryAfterMs: number): Error => Object.assign(new Error('429'), { retryAfterMs });

/** Refuses the chunks of `refused` once, and says at what frames attempts start. */
function server(refused: readonly number[], retryAfterMs: number) {
  const starts: string[] = [];
  const worker = ({ index, attempt }: ChunkTask): number => {
    starts.push(`${index} at ${now()}`);
    if (attempt === 1 && refused.includes(index)) throw refusal(retryAfterMs);
    return index;
  };
  return { starts, worker };
}

const retry = { retries: 1, delayMs: 1 };

describe('retryAfter', () => {
  it('has the chunk alone wait by default', () => {
    const { starts, worker } = server([0], 10);
    runMarbles(({ flush }) => {
      runChunks(worker, { concurrency: 1, retry })([0, 1, 2]).subscribe();
      flush();
    });
    expect(starts).toEqual(['0 at 0', '1 at 0', '2 at 0', '0 at 10']);
  });

  it('all: holds every start of the run, fresh chunks and retries', () => {
    const { starts, worker } = server([0], 10);
    runMarbles(({ flush }) => {
      runChunks(worker, { concurrency: 1, retry: { ...retry, retryAfter: 'all' } })([0, 1, 2]).subscribe();
      flush();
    });
    expect(starts).toEqual(['0 at 0', '0 at 10', '1 at 10', '2 at 10']);
  });

  it('all: holds for the longest of what was asked for', () => {
    const starts: number[] = [];
    const worker = ({ index, attempt }: ChunkTask) => {
      starts.push(now());
      if (attempt === 1) throw refusal(index === 0 ? 20 : 5);
      return index;
    };
    runMarbles(({ flush }) => {
      const options = { concurrency: 2, retry: { ...retry, retryAfter: 'all' as const } };
      const source$ = new Subject<number>();
      runChunks(worker, options)(merge(source$, NEVER)).pipe(take(2)).subscribe();
      source$.next(0);
      source$.next(1);
      flush();
    });
    // The second chunk was never asked for before the server wanted to be asked again.
    expect(starts[0]).toBe(0);
    expect(starts.slice(1).every((start) => start >= 20)).toBe(true);
  });

  it('all: holds the other runs of a shared limit, and nobody when the time has passed', () => {
    const { starts, worker } = server([0], 10);
    runMarbles(({ cold, flush }) => {
      const limit = sharedLimit(4);
      const others: number[] = [];
      runChunks(worker, { limit, concurrency: 1, retry: { ...retry, retryAfter: 'all' } })([
        0, 1,
      ]).subscribe();
      cold('--a---------b|')
        .pipe(
          runChunks(() => concat([now()]).pipe(tap((at) => others.push(at))), { limit }),
          map(() => undefined),
        )
        .subscribe();
      flush();
      expect(others).toEqual([10, 12]);
      expect(limit.taken).toBe(0);
    });
    expect(starts.sort()).toEqual(['0 at 0', '0 at 10', '1 at 10']);
  });

  it('all: leaves no timer when the consumer leaves', () => {
    const { worker } = server([0], 60_000);
    const before = pendingTimers();
    for (const limit of [undefined, sharedLimit(2)]) {
      const options = { limit, concurrency: 1, retry: { ...retry, retryAfter: 'all' as const } };
      runChunks(worker, options)([0, 1]).subscribe().unsubscribe();
    }
    expect(pendingTimers()).toBe(before);
  });
});

import { of, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { LeaseClock } from '../../lib/manager/lease-clock.js';
import type { ChunkTask, Worker } from '../../lib/ports/worker-adapter.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';

const task = {} as ChunkTask;

describe('LeaseClock.guard', () => {
  it.each<readonly [string, (called: () => void) => Worker<unknown, number>]>([
    [
      'function',
      (called) => () => {
        called();
        return of(1);
      },
    ],
    [
      'adapter',
      (called) => ({
        execute: () => {
          called();
          return of(1);
        },
      }),
    ],
  ])('calls a worker that is a %s while the lease holds, and not once it is over', (_, worker) => {
    const calls: number[] = [];
    runMarbles(() => {
      const clock = new LeaseClock(0, 30);
      let frame = 0;
      const guarded = clock.guard(
        worker(() => {
          calls.push(frame);
        }),
      );
      const callAt = (at: number): void => {
        timer(at).subscribe(() => {
          frame = at;
          if (typeof guarded === 'function') guarded(task);
          else guarded.execute(task);
        });
      };
      timer(20).subscribe(() => {
        clock.renewed(10);
      });
      for (const at of [0, 29, 39, 40, 41]) callAt(at);
    });
    expect(calls).toEqual([0, 29, 39]);
  });
});

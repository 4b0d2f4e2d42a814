import {
  catchError,
  defer,
  EMPTY,
  finalize,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { adaptive } from '../../docs/examples/recipes/adaptive-limit.js';
import { execute } from '../../lib/executor/execute.js';
import { range } from '../../lib/model/spec/chunk-range.js';
import { sharedLimit } from '../../lib/chunks/gates/shared-limit.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import type { MarbleHelpers } from '../../lib/testing/marbles/run-marbles.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';

const refusal = (fields: object): Error => Object.assign(new Error('refused'), fields);

/** Attempts by letter: `s` succeeds after a frame, `S` after five; `r` is refused after a frame, `R` after three. */
const draws: { readonly [letter: string]: string } = { s: '-|', S: '-----|', r: '-#', R: '---#' };

/** Expects that attempts which begin as drawn make the slots that are drawn. */
function expectSlots(
  { cold, expectObservable }: MarbleHelpers,
  most: number,
  attempts: string,
  slots: string,
  error = refusal({ retryAfterMs: 3 }),
): void {
  const { worker, slots$ } = adaptive(
    (task: ChunkTask<string>) => cold(draws[task.chunk]!, undefined, error),
    most,
  );
  const work$ = cold(attempts).pipe(
    mergeMap((chunk) => worker({ chunk } as ChunkTask<string>).pipe(catchError(() => EMPTY))),
    ignoreElements(),
  );
  expectObservable(merge(slots$.pipe(map((count) => String(count))), work$)).toBe(slots);
}

describe('a limit that adapts to the server', () => {
  it('halves when the server is busy, and grows by one after as many successes as there are slots', () => {
    runMarbles((helpers) => {
      const attempts = ' r--ss-sss';
      const slots = '    42---3---4';
      expectSlots(helpers, 4, attempts, slots);
    });
  });

  it('does not grow past the most', () => {
    runMarbles((helpers) => {
      expectSlots(helpers, 2, 'ssssss', '2');
    });
  });

  it('does not fall below one', () => {
    runMarbles((helpers) => {
      const attempts = ' r--r--r--r';
      const slots = '    42--1';
      expectSlots(helpers, 4, attempts, slots);
    });
  });

  it('takes a burst of refusals for one, and a success that began before it for none', () => {
    runMarbles((helpers) => {
      const attempts = ' (rRrRSS)';
      const slots = '    84';
      expectSlots(helpers, 8, attempts, slots);
    });
  });

  it('knows a busy server by the time that it asks to wait, or by the status 429, and by nothing else', () => {
    runMarbles((helpers) => {
      expectSlots(helpers, 8, 'r', '84', refusal({ status: 429 }));
      expectSlots(helpers, 8, 'r', '8', refusal({ status: 500, retryAfterMs: undefined }));
    });
  });

  it('finds out what the server bears for two jobs together, and loses no chunk', () => {
    runMarbles(({ flush }) => {
      const bear = 4;
      let running = 0;
      let most = 0;
      const fetch = () =>
        defer(() => {
          running += 1;
          most = Math.max(most, running);
          const answer = running > bear ? throwError(() => refusal({ retryAfterMs: 10 })) : of(1);
          return timer(5).pipe(mergeMap(() => answer));
        }).pipe(
          finalize(() => {
            running -= 1;
          }),
        );
      const { worker, slots$ } = adaptive(fetch, 16);
      const limit = sharedLimit(slots$);
      const seen: number[] = [];
      slots$.subscribe((slots) => seen.push(slots));
      const types: string[] = [];
      const job$ = execute(
        { kind: 'pages', chunks: range(100, 1) },
        { worker, limit, concurrency: 16, retry: { retries: 20, delayMs: 1 } },
      );
      merge(job$, job$).subscribe(({ type }) => types.push(type));
      flush();
      expect(most).toBe(16);
      expect(seen.slice(0, 2)).toEqual([16, 8]);
      // Once it has found out, it asks for one more than the server bears, and no more than that.
      expect(seen.slice(4).every((slots) => slots <= bear + 1)).toBe(true);
      expect(types.filter((type) => type === 'chunk-completed')).toHaveLength(200);
      expect(types.filter((type) => type === 'job-completed')).toHaveLength(2);
    });
  });
});

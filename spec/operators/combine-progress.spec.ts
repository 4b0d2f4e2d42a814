import fc from 'fast-check';
import type { Observable } from 'rxjs';
import {
  concat,
  EMPTY,
  filter,
  finalize,
  lastValueFrom,
  map,
  NEVER,
  of,
  share,
  Subject,
  take,
  throwError,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { JobProgress, RemainingTime } from '../../lib/model/progress/job-progress.js';
import type { CombinedProgress } from '../../lib/operators/combine-progress.js';
import { combineProgress } from '../../lib/operators/combine-progress.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { reportedErrors } from './reported-errors.js';

const job = (jobId: string, completedChunks: number, more: Partial<JobProgress> = {}): JobProgress => ({
  jobId,
  state: 'running',
  totalChunks: 4,
  completedChunks,
  failedChunks: 0,
  retryingChunks: 0,
  runningChunks: 1,
  fraction: completedChunks / (more.totalChunks ?? 4),
  elapsedMs: 0,
  chunksPerSecond: null,
  remaining: null,
  ...more,
});

/** Digits are the completed chunks of a job that runs, `D` is completed, `F` failed, `C` cancelled. */
const lifeOf = (jobId: string): { readonly [letter: string]: JobProgress } => ({
  ...Object.fromEntries(Array.from('01234', (digit) => [digit, job(jobId, Number(digit))])),
  D: job(jobId, 4, { state: 'completed' }),
  F: job(jobId, 3, { state: 'failed', failedChunks: 1 }),
  C: job(jobId, 1, { state: 'cancelled' }),
});

/** The rows and the counts in one line: `a1 b0 1/8+` is growing; `!` marks failed jobs, `.` ended ones. */
const line = ({
  jobs,
  completedChunks,
  totalChunks,
  isGrowing,
  endedJobs,
  failedJobs,
}: CombinedProgress): string =>
  [
    ...jobs.map(({ jobId, completedChunks: done }) => `${jobId}${done}`),
    `${completedChunks}/${totalChunks}`,
  ].join(' ') +
  (isGrowing ? '+' : '') +
  '.'.repeat(endedJobs) +
  '!'.repeat(failedJobs);

/** The last thing that is said of jobs that are there at once. */
function lastOf(...jobs: readonly (Observable<JobProgress> | JobProgress)[]): CombinedProgress {
  let last: CombinedProgress | undefined;
  combineProgress(jobs.map((one) => ('jobId' in one ? concat(of(one), NEVER) : one))).subscribe(
    (combined) => (last = combined),
  );
  return last!;
}

describe('combineProgress', () => {
  it('combines jobs as they arrive, and completes when the last of them has', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('                       0--1----D|          ', lifeOf('a'));
      const b = cold('                            0-2----D|      ', lifeOf('b'));
      const jobs$ = cold('                   a----b---|          ', { a, b });
      expectObservable(combineProgress(jobs$).pipe(map(line))).toBe('u--v-w-xyz--k|', {
        u: 'a0 0/4+',
        v: 'a1 1/4+',
        w: 'a1 b0 1/8+',
        x: 'a1 b2 3/8+',
        y: 'a4 b2 6/8+.',
        z: 'a4 b2 6/8.',
        k: 'a4 b4 8/8..',
      });
      expectSubscriptions(jobs$.subscriptions).toBe('^--------!');
      expectSubscriptions(a.subscriptions).toBe('    ^--------!');
      expectSubscriptions(b.subscriptions).toBe('    -----^-------!');
    });
  });

  it.each([
    // what,                      jobs$,   result,  subscription
    ['never', '                   -     ', '-    ', '^  '],
    ['empty', '                   --|   ', '--(0|)', '^-!'],
    ['an error', '                --#   ', '--#  ', '^-!'],
    ['a job that is empty', '     e-|   ', '1-(2|)', '^-!'],
    ['a job that fails at once', 'f-|   ', '3-(4|)', '^-!'],
  ])('combines %s', (_what, marbles, expected, subscription) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const jobs$ = cold(marbles, { e: EMPTY, f: throwError(() => 'no') });
      const values = { 0: '0/0', 1: '0/0+.', 2: '0/0.', 3: '0/0+.!', 4: '0/0.!' };
      expectObservable(combineProgress(jobs$).pipe(map(line))).toBe(expected, values);
      expectSubscriptions(jobs$.subscriptions).toBe(subscription);
    });
  });

  it('grows until every job that has arrived has shown its chunks', () => {
    runMarbles(({ cold, expectObservable }) => {
      const a = cold('                                        --1---|', lifeOf('a'));
      const b = cold('                                        ----0-|', lifeOf('b'));
      const jobs$ = cold('                                    (ab|)  ', { a, b });
      expectObservable(combineProgress(jobs$).pipe(map(line))).toBe('n-x-y-(zk|)', {
        n: '0/0+',
        x: 'a1 1/4+',
        y: 'a1 b0 1/8',
        z: 'a1 b0 1/8.',
        k: 'a1 b0 1/8..',
      });
    });
  });

  it('keeps what a job has shown whose stream errors, counts it as failed, and goes on with the others', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('                                        1----#    ', lifeOf('a'));
      const b = cold('                                          -0----D|', lifeOf('b'));
      const jobs$ = cold('                                    a-b-|     ', { a, b });
      expectObservable(combineProgress(jobs$).pipe(map(line))).toBe('x--yzv--w|', {
        x: 'a1 1/4+',
        y: 'a1 b0 1/8+',
        z: 'a1 b0 1/8',
        v: 'a1 b0 1/8.!',
        w: 'a1 b4 5/8..!',
      });
      expectSubscriptions(a.subscriptions).toBe('             ^----!    ');
      expectSubscriptions(b.subscriptions).toBe('             --^------!');
    });
  });

  it.each([
    // how,                          job,    result,    counts after it
    ['completes', '                  1-D-|', 'x-y-|', '4/4.'],
    ['fails, and so does its stream', 'F---#', 'y---|', '3/4.!'],
    ['is cancelled', '               1-C-|', 'x-y-|', '1/4.'],
    ['loses its stream', '           1---|', 'x---(y|)', '1/4.'],
    ['errors', '                     1---#', 'x---(y|)', '1/4.!'],
    ['completes and then errors', '  1-D-#', 'x-y-|', '4/4.'],
  ])('counts a job that %s as ended, once', (_how, marbles, expected, counts) => {
    runMarbles(({ cold, expectObservable }) => {
      const combined$ = combineProgress([cold(marbles, lifeOf('a'))]);
      // The one in the first frame that is still growing is left out.
      const seen$ = combined$.pipe(
        filter(({ isGrowing }) => !isGrowing),
        map(line),
        map((shown) => shown.slice(shown.indexOf(' ') + 1)),
      );
      expectObservable(seen$).toBe(expected, { x: '1/4', y: counts });
    });
  });

  it('counts a job that is set to work again as active again', () => {
    runMarbles(({ cold, expectObservable }) => {
      const again = cold('                           F--3--D|', lifeOf('a'));
      const seen$ = combineProgress([again]).pipe(
        filter(({ isGrowing }) => !isGrowing),
        map(line),
      );
      expectObservable(seen$).toBe('                 x--y--z|', { x: 'a3 3/4.!', y: 'a3 3/4', z: 'a4 4/4.' });
    });
  });

  it('errors when the stream of jobs does, and leaves the jobs', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = cold('                                        1-----', lifeOf('a'));
      const jobs$ = cold('                                    a--#  ', { a });
      expectObservable(combineProgress(jobs$).pipe(map(line))).toBe('x--#  ', { x: 'a1 1/4+' });
      expectSubscriptions(a.subscriptions).toBe('             ^--!  ');
    });
  });

  it('errors for a job that is no stream', () => {
    const errors: unknown[] = [];
    combineProgress([5 as unknown as Observable<JobProgress>]).subscribe({
      error: (error: unknown) => errors.push(error),
    });
    expect(errors).toEqual([expect.any(TypeError)]);
  });

  it('leaves all that it follows when the consumer leaves, and then nothing comes', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const order: string[] = [];
      const a = cold('                                           1-----2', lifeOf('a'));
      const jobs$ = cold('                                       a---a--', {
        a: a.pipe(finalize(() => order.push('job'))),
      });
      const combined$ = combineProgress(jobs$.pipe(finalize(() => order.push('jobs$')))).pipe(
        map(line),
        finalize(() => order.push('result')),
      );
      expectObservable(combined$, '                              ^--!   ').toBe('x', { x: 'a1 1/4+' });
      expectSubscriptions(jobs$.subscriptions).toBe('            ^--!   ');
      expectSubscriptions(a.subscriptions).toBe('                ^--!   ');
      flush();
      expect(order).toEqual(['jobs$', 'job', 'result']);
    });
  });

  it('leaves jobs that are synchronous in the middle', () => {
    let asked = 0;
    function* endless(): Generator<JobProgress> {
      for (;;) yield job('a', (asked += 1));
    }
    const seen: number[] = [];
    combineProgress([endless()])
      .pipe(take(3))
      .subscribe(({ completedChunks }) => seen.push(completedChunks));
    expect([seen, asked]).toEqual([[1, 2, 3], 3]);
  });

  it('begins anew with each subscription', () => {
    runMarbles(({ cold, expectObservable }) => {
      const combined$ = combineProgress(cold('a-|', { a: cold('1---D|', lifeOf('a')) })).pipe(map(line));
      const values = { x: 'a1 1/4+', y: 'a1 1/4', z: 'a4 4/4.' };
      expectObservable(combined$).toBe('              x-y-z|  ', values);
      expectObservable(combined$, '--^').toBe('       --x-y-z|', values);
    });
  });

  it('goes on when the consumer throws', async () => {
    const seen: number[] = [];
    const reported = await reportedErrors(() => {
      combineProgress([of(job('a', 1), job('a', 2), job('a', 3))]).subscribe(({ completedChunks }) => {
        seen.push(completedChunks);
        if (completedChunks === 2) throw new Error('no');
      });
    });
    expect(seen).toEqual([1, 2, 3, 3, 3]);
    expect(reported).toEqual([new Error('no')]);
  });

  it('keeps the order for every consumer where handing one over sets off the next', () => {
    const a$ = new Subject<JobProgress>();
    const combined$ = combineProgress([a$]).pipe(
      map(({ completedChunks }) => completedChunks),
      share(),
    );
    const seen: [number[], number[]] = [[], []];
    combined$.subscribe((done) => {
      seen[0].push(done);
      if (done === 1) a$.next(job('a', 2));
      if (done === 2) a$.complete();
    });
    combined$.subscribe((done) => seen[1].push(done));
    a$.next(job('a', 1));
    expect(seen).toEqual([
      [0, 1, 2, 2],
      [1, 2, 2],
    ]);
  });

  it('takes jobs from an array, and their progress from promises', async () => {
    const last = await lastValueFrom(
      combineProgress([Promise.resolve(job('a', 4, { state: 'completed' })), [job('b', 1)]]),
    );
    expect(line(last)).toBe('a4 b1 5/8..');
  });

  it('adds up the chunks, and weighs each job by the number of its chunks', () => {
    const a = job('a', 1, {
      totalChunks: 10,
      failedChunks: 2,
      retryingChunks: 3,
      runningChunks: 4,
      fraction: 0.5,
    });
    const b = job('b', 20, { totalChunks: 30, retryingChunks: 1, runningChunks: 2, fraction: 1 });
    expect(lastOf(a, b)).toMatchObject({
      jobs: [a, b],
      activeJobs: 2,
      totalChunks: 40,
      completedChunks: 21,
      failedChunks: 2,
      retryingChunks: 4,
      runningChunks: 6,
      fraction: 0.875,
    });
  });

  it('is all done only when every job is', () => {
    const done = { state: 'completed', fraction: 1 } as const;
    expect(lastOf(job('a', 4, done), job('b', 4, done)).fraction).toBe(1);
    expect(lastOf(job('a', 4, done), job('b', 3, { state: 'failed', fraction: 0.75 })).fraction).toBe(0.875);
  });

  it('counts each job by its weight, if all have one, and by its chunks otherwise', () => {
    const large = job('a', 0, { totalChunks: 1, totalWeight: 900, fraction: 0.5 });
    const small = job('b', 9, { totalChunks: 9, totalWeight: 100, fraction: 1 });
    expect(lastOf(large, small).fraction).toBeCloseTo(0.55);
    expect(lastOf(large, job('b', 9, { totalChunks: 9, fraction: 1 })).fraction).toBeCloseTo(0.95);
    expect(lastOf(job('a', 0, { totalChunks: 1, totalWeight: 0, fraction: 0.5 })).fraction).toBe(0);
  });

  it('is not 1 while a job that weighs nothing is not done', () => {
    const weightless = job('a', 0, { totalWeight: 0, fraction: 0.5 });
    expect(lastOf(weightless, job('b', 4, { totalWeight: 7, fraction: 1 })).fraction).toBeLessThan(1);
  });

  it.each<[string, readonly (JobProgress | Observable<JobProgress>)[], number | null]>([
    ['the sum', [job('a', 1, { runningChunks: 2 }), job('b', 1, { runningChunks: 0 })], 2],
    ['none without jobs', [], 0],
    ['unknown while one job does not say', [job('a', 1), job('b', 1, { runningChunks: null })], null],
    ['unknown while one has shown nothing', [job('a', 1), NEVER], null],
    [
      'not asked of jobs that have ended',
      [job('a', 1), job('b', 4, { state: 'completed', runningChunks: null })],
      1,
    ],
    ['not asked of jobs whose stream has', [job('a', 1), of(job('b', 1, { runningChunks: 7 }))], 1],
  ])('counts the attempts that run: %s', (_what, jobs, expected) => {
    expect(lastOf(...jobs).runningChunks).toBe(expected);
  });

  const left = (
    expectedMs: number,
    lowMs: number,
    highMs: number,
  ): { readonly remaining: RemainingTime } => ({ remaining: { expectedMs, lowMs, highMs } });

  it.each<[string, readonly (JobProgress | Observable<JobProgress>)[], RemainingTime | null]>([
    [
      'the longest of each bound',
      [job('a', 1, left(10, 5, 30)), job('b', 1, left(12, 2, 20))],
      { expectedMs: 12, lowMs: 5, highMs: 30 },
    ],
    ['none without jobs', [], null],
    ['none while one job has none', [job('a', 1, left(10, 5, 30)), job('b', 1, { state: 'paused' })], null],
    ['none while one has shown nothing', [job('a', 1, left(10, 5, 30)), NEVER], null],
    ['none when all have ended', [job('a', 4, { state: 'completed', ...left(0, 0, 0) })], null],
    [
      'that of those that have not ended',
      [job('a', 1, left(10, 5, 30)), job('b', 4, { state: 'failed' }), of(job('c', 1))],
      { expectedMs: 10, lowMs: 5, highMs: 30 },
    ],
  ])('estimates how long it will take: %s', (_what, jobs, expected) => {
    expect(lastOf(...jobs).remaining).toEqual(expected);
  });

  it('is frozen, and leaves what was emitted as it was', () => {
    const seen: CombinedProgress[] = [];
    const [one, two] = [job('a', 1, left(3, 2, 4)), job('a', 2)];
    combineProgress([of(one, two)]).subscribe((combined) => seen.push(combined));
    expect(seen.map(({ jobs }) => jobs[0])).toEqual([one, two, two, two]);
    for (const combined of seen)
      expect([
        Object.isFrozen(combined),
        Object.isFrozen(combined.jobs),
        Object.isFrozen(combined.remaining),
      ]).toEqual([true, true, true]);
  });

  it('never goes back, except its share when a job joins', () => {
    const steps = fc.array(
      fc.record({
        to: fc.nat(9),
        completed: fc.nat(3),
        failed: fc.nat(1),
        end: fc.constantFrom('', '', '', '', 'C', 'E'),
      }),
      { maxLength: 60 },
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(sizes, steps, (totals, moves) => {
        const jobs$ = new Subject<Observable<JobProgress>>();
        const seen: CombinedProgress[] = [];
        combineProgress(jobs$).subscribe((combined) => seen.push(combined));
        const open: { readonly stream$: Subject<JobProgress>; latest: JobProgress }[] = [];
        for (const { to, completed, failed, end } of moves) {
          let target = open[to];
          if (target === undefined) {
            const totalChunks = totals[open.length];
            if (totalChunks === undefined) continue;
            target = { stream$: new Subject(), latest: job(String(open.length), 0, { totalChunks }) };
            open.push(target);
            jobs$.next(target.stream$);
          }
          const { latest } = target;
          const completedChunks = Math.min(
            latest.totalChunks - latest.failedChunks,
            latest.completedChunks + completed,
          );
          const failedChunks = Math.min(latest.totalChunks - completedChunks, latest.failedChunks + failed);
          target.latest = {
            ...latest,
            completedChunks,
            failedChunks,
            fraction: completedChunks / latest.totalChunks,
          };
          target.stream$.next(target.latest);
          if (end === 'C') target.stream$.complete();
          if (end === 'E') target.stream$.error('no');
        }
        jobs$.complete();

        const monotonic = [
          'totalChunks',
          'completedChunks',
          'failedChunks',
          'endedJobs',
          'failedJobs',
        ] as const;
        seen.forEach((combined, index) => {
          expect(combined.activeJobs + combined.endedJobs).toBe(combined.jobs.length);
          expect(combined.fraction).toBeGreaterThanOrEqual(0);
          expect(combined.fraction).toBeLessThanOrEqual(1);
          const before = seen[index - 1];
          if (!before) return;
          for (const count of monotonic) expect(combined[count]).toBeGreaterThanOrEqual(before[count]);
          if (combined.jobs.length > before.jobs.length) expect(before.isGrowing).toBe(true);
          else expect(combined.fraction).toBeGreaterThanOrEqual(before.fraction);
        });
        expect(seen.at(-1)?.isGrowing).toBe(false);
      }),
    );
  });
});

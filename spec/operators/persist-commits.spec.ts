import { EMPTY, map, Observable, of, Subject, take, throwError } from 'rxjs';
import type { ObservableInput } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ConflictError } from '../../lib/errors/conflict-error.js';
import { CorruptJobError } from '../../lib/errors/corrupt-job-error.js';
import { JobNotFoundError } from '../../lib/errors/job-not-found-error.js';
import { RepositoryFailedError } from '../../lib/errors/repository-failed-error.js';
import type { JobCommit } from '../../lib/model/job-commit.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import type { PersistCommitsOptions } from '../../lib/operators/persist-commits.js';
import { persistCommits } from '../../lib/operators/persist-commits.js';
import type { JobRepository } from '../../lib/ports/job-repository.js';
import type { SubscriptionFrames } from '../../lib/testing/marbles/subscription-frames.js';
import { logSubscriptions } from '../../lib/testing/marbles/subscription-frames.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { many } from '../many.js';
import { reportedErrors } from './reported-errors.js';

const first = pendingSnapshot(completeSpec({ id: 'job', kind: 'test', chunks: [1] }), { at: 0 });

const commit = (revision: number): JobCommit => ({
  jobId: 'job',
  token: 'token',
  follows: revision - 1,
  events: [{ type: 'job-started', at: 0 }],
  snapshot: { ...first, revision },
});

const commits = { 1: commit(1), 2: commit(2), 3: commit(3), 4: commit(4), 5: commit(5) };

type Saver = Pick<JobRepository, 'save'> & {
  readonly batches: string[];
  readonly saves: SubscriptionFrames[];
};

/** A repository whose saves are diagrams, the last of which stands for all later ones; it writes down the revisions of each batch. */
function saver(
  cold: (marbles: string, values?: undefined, error?: unknown) => Observable<string>,
  diagrams: readonly string[],
  error?: unknown,
): Saver {
  const batches: string[] = [];
  const saves: SubscriptionFrames[] = [];
  return {
    batches,
    saves,
    save(batch) {
      const diagram = diagrams[batches.length] ?? diagrams.at(-1)!;
      batches.push(batch.map(({ snapshot }) => snapshot.revision).join(''));
      return logSubscriptions(cold(diagram, undefined, error), saves) as Observable<never>;
    },
  };
}

const revisions =
  (repository: Pick<JobRepository, 'save'>, options?: PersistCommitsOptions) =>
  (commits$: Observable<JobCommit>) =>
    commits$.pipe(
      persistCommits(repository, options),
      map(({ revision }) => String(revision)),
    );

describe('persistCommits', () => {
  it.each([
    ['never', '   -   ', '-   ', '^   '],
    ['empty', '   --| ', '--| ', '^-! '],
    ['an error', ' --# ', '--# ', '^-! '],
  ])('passes on %s without a save', (_what, marbles, expected, subscription) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const repository = saver(cold, ['|']);
      const source = cold(marbles, commits);
      expectObservable(source.pipe(revisions(repository))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
      flush();
      expect(repository.batches).toEqual([]);
    });
  });

  it('shows a snapshot when it is stored, and completes when all are', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const repository = saver(cold, ['---|']);
      const source = cold('                                      -1----(2|)', commits);
      expectObservable(source.pipe(revisions(repository))).toBe('----1----(2|)');
      expectSubscriptions(source.subscriptions).toBe('           ^-----!');
      expectSubscriptions(repository.saves).toBe(['-^--!     ', '------^--!']);
    });
  });

  it('gathers commits while a save runs, and shows every revision in order', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const repository = saver(cold, ['----|', '--|', '|']);
      const source = cold('                                      1234-5|', commits);
      expectObservable(source.pipe(revisions(repository))).toBe('----1-(2345|)');
      expectSubscriptions(repository.saves).toBe(['^---!', '----^-!', '------(^!)']);
      flush();
      expect(repository.batches).toEqual(['1', '234', '5']);
    });
  });

  it('waits for the save that runs when the source has completed', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const repository = saver(cold, ['-----|']);
      const source = cold('                                      1|', commits);
      expectObservable(source.pipe(revisions(repository))).toBe('-----(1|)');
      expectSubscriptions(source.subscriptions).toBe('           ^!');
    });
  });

  it('ignores what a save emits', () => {
    runMarbles(({ cold, expectObservable }) => {
      expectObservable(cold('1|', commits).pipe(revisions(saver(cold, ['-a-b|'])))).toBe('----(1|)');
    });
  });

  it('stops the save that runs when the consumer leaves', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const repository = saver(cold, ['------|']);
      const source = cold('                                                1--2--3', commits);
      expectObservable(source.pipe(revisions(repository)), '----!').toBe('----');
      expectSubscriptions(source.subscriptions).toBe('                     ^---!');
      expectSubscriptions(repository.saves).toBe('                         ^---!');
    });
  });

  it('lets an error of the source overtake what is not stored yet', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const repository = saver(cold, ['----|']);
      expectObservable(cold('12#', commits).pipe(revisions(repository))).toBe('--#');
      expectSubscriptions(repository.saves).toBe('^-!');
      flush();
      expect(repository.batches).toEqual(['1']);
    });
  });

  it('stores nothing more when the consumer leaves at a snapshot', () => {
    const batches: number[] = [];
    const counts: number[] = [];
    const repository = {
      save: (batch: readonly JobCommit[]) => {
        batches.push(batch.length);
        return EMPTY;
      },
    };
    const seen: number[] = [];
    of(commits[1], commits[2], commits[3])
      .pipe(persistCommits(repository, { onUnstored: (count) => counts.push(count) }), take(1))
      .subscribe(({ revision }) => seen.push(revision));
    expect({ batches, seen, counts }).toEqual({ batches: [1], seen: [1], counts: [1] });
  });

  it('has a queue for each subscription', () => {
    runMarbles(({ cold, expectObservable, flush }) => {
      const repository = saver(cold, ['--|']);
      const stored$ = cold('12|', commits).pipe(revisions(repository));
      expectObservable(stored$).toBe('       --1-(2|)');
      expectObservable(stored$, '-----^').toBe('-----' + '--1-(2|)');
      flush();
      expect(repository.batches).toEqual(['1', '2', '1', '2']);
    });
  });

  it('takes a save that is a promise, or a list', async () => {
    for (const save of [
      () => Promise.resolve(),
      () => [],
      () => of(undefined),
    ] as (() => ObservableInput<void>)[]) {
      const seen = await new Promise<number[]>((resolve, reject) => {
        const all: number[] = [];
        of(commits[1], commits[2], commits[3])
          .pipe(persistCommits({ save }))
          .subscribe({
            next: ({ revision }) => all.push(revision),
            error: reject,
            complete: () => {
              resolve(all);
            },
          });
      });
      expect(seen).toEqual([1, 2, 3]);
    }
  });
});

describe('persistCommits and a save that fails', () => {
  const failure = new Error('disk full');

  it('tries the same batch again after the delay, while further commits gather', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const repository = saver(cold, ['-#', '-#', '-|'], failure);
      const saveRetry = { retries: 2, delayMs: 2 };
      expectObservable(cold('123|', commits).pipe(revisions(repository, { saveRetry }))).toBe(
        '---------1(23|)',
      );
      expectSubscriptions(repository.saves).toBe(['^!', '---^!', '--------^!', '---------^!']);
      flush();
      expect(repository.batches).toEqual(['1', '1', '1', '23']);
    });
  });

  it('errors with REPOSITORY_FAILED and the cause when it has failed too often, and stores nothing after it', () => {
    runMarbles(({ cold, expectObservable, flush }) => {
      const repository = saver(cold, ['|', '-#', '-#'], failure);
      const expected = new RepositoryFailedError({ jobId: 'job', attempts: 2 }, { cause: failure });
      expectObservable(
        cold('1-2-3|', commits).pipe(revisions(repository, { saveRetry: { retries: 1, delayMs: 1 } })),
      ).toBe('1----#', undefined, expected);
      flush();
      expect(repository.batches).toEqual(['1', '2', '2']);
    });
    const errors: unknown[] = [];
    of(commits[1])
      .pipe(persistCommits({ save: () => throwError(() => failure) }, { saveRetry: { retries: 0 } }))
      .subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual([
      expect.objectContaining({ code: 'REPOSITORY_FAILED', jobId: 'job', attempts: 1, cause: failure }),
    ]);
  });

  it('takes a save that throws for one that fails', () => {
    const errors: unknown[] = [];
    of(commits[1])
      .pipe(
        persistCommits(
          {
            save: () => {
              throw failure;
            },
          },
          { saveRetry: { retries: 0 } },
        ),
      )
      .subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual([expect.objectContaining({ code: 'REPOSITORY_FAILED', cause: failure })]);
  });

  it('tries five times more, after 100 ms and twice that each time, where nothing else is said', () => {
    runMarbles(({ cold, flush }) => {
      const repository = saver(cold, ['#'], failure);
      cold('1|', commits)
        .pipe(persistCommits(repository))
        .subscribe({ error: () => undefined });
      flush();
      expect(repository.saves.map(({ subscribedFrame }) => subscribedFrame)).toEqual([
        0, 100, 300, 700, 1_500, 3_100,
      ]);
    });
  });

  it.each([
    ['CONFLICT', new ConflictError({ jobId: 'job', problem: 'its lease was lost' })],
    ['CORRUPT_JOB', new CorruptJobError({ jobId: 'job', place: 'journal', problem: 'garbage' })],
    ['JOB_NOT_FOUND', new JobNotFoundError({ jobId: 'job' })],
  ])('does not try %s again, and passes it on as it is', (_code, refusal) => {
    let saves = 0;
    const errors: unknown[] = [];
    const save = (): Observable<never> => {
      saves += 1;
      return throwError(() => refusal);
    };
    of(commits[1], commits[2])
      .pipe(persistCommits({ save }))
      .subscribe({ error: (error: unknown) => errors.push(error) });
    expect({ saves, errors }).toEqual({ saves: 1, errors: [refusal] });
  });

  it('gives up the retry that waits when the consumer leaves', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const repository = saver(cold, ['-#'], failure);
      expectObservable(cold('1-', commits).pipe(revisions(repository)), '---!').toBe('---');
      expectSubscriptions(repository.saves).toBe('^!');
    });
  });

  it('asks retryIf', () => {
    const asked: unknown[] = [];
    of(commits[1])
      .pipe(
        persistCommits(
          { save: () => throwError(() => failure) },
          {
            saveRetry: {
              retryIf: (error, attempt) => {
                asked.push([error, attempt]);
                return false;
              },
            },
          },
        ),
      )
      .subscribe({ error: () => undefined });
    expect(asked).toEqual([[failure, 1]]);
  });

  it.each([
    [{ retries: -1 }, "'retry.retries' must be an integer of 0 or more, or Infinity, received -1"],
    [{ delayMs: NaN }, "'retry.delayMs' must be a number of milliseconds from 0 to 2147483647, received NaN"],
  ])('refuses the policy %o when it is called', (saveRetry, problem) => {
    expect(() => persistCommits({ save: () => EMPTY }, { saveRetry })).toThrow(
      new RangeError(`Cannot persist commits: ${problem}`),
    );
  });
});

describe('persistCommits and onUnstored', () => {
  it('is told of each commit that waits, and of each batch that is stored, after that was shown', () => {
    runMarbles(({ cold, flush }) => {
      const log: string[] = [];
      const repository = saver(cold, ['----|', '--|']);
      cold('12-3|', commits)
        .pipe(persistCommits(repository, { onUnstored: (count) => log.push(`unstored ${count}`) }))
        .subscribe(({ revision }) => log.push(`shown ${revision}`));
      flush();
      expect(log).toEqual([
        'unstored 1',
        'unstored 2',
        'unstored 3',
        'shown 1',
        'unstored 2',
        'shown 2',
        'shown 3',
        'unstored 0',
      ]);
    });
  });

  it('changes nothing when it throws, which is reported', async () => {
    const seen: number[] = [];
    const reported = await reportedErrors(() => {
      of(commits[1])
        .pipe(
          persistCommits(
            { save: () => EMPTY },
            {
              onUnstored: (count) => {
                throw new Error(`at ${count}`);
              },
            },
          ),
        )
        .subscribe(({ revision }) => seen.push(revision));
    });
    expect(reported).toEqual([new Error('at 1'), new Error('at 0')]);
    expect(seen).toEqual([1]);
  });
});

describe('persistCommits and synchronous saves', () => {
  it('needs no stack for many commits that a source emits', () => {
    let seen = 0;
    of(...Array.from({ length: many }, (_, index) => commit(index + 1)))
      .pipe(persistCommits({ save: () => EMPTY }))
      .subscribe(() => (seen += 1));
    expect(seen).toBe(many);
  });

  it.each<[string, (next: () => void) => { onUnstored?: (waiting: number) => void; onStored?: () => void }]>([
    ['the snapshot before it', (next) => ({ onStored: next })],
    [
      'the room that it made',
      (next) => ({
        onUnstored: (waiting) => {
          if (waiting === 0) next();
        },
      }),
    ],
  ])('needs no stack for many commits each of which follows from %s', (_what, wire) => {
    const commits$ = new Subject<JobCommit>();
    const seen: number[] = [];
    let made = 0;
    const next = (): void => {
      if (made < many) commits$.next(commit((made += 1)));
    };
    const { onUnstored, onStored } = wire(next);
    commits$.pipe(persistCommits({ save: () => EMPTY }, { onUnstored })).subscribe(({ revision }) => {
      seen.push(revision);
      onStored?.();
    });
    next();
    expect(seen).toHaveLength(many);
    expect(seen.every((revision, index) => revision === index + 1)).toBe(true);
  });

  it('shows revisions in order when a snapshot leads to several commits at once', () => {
    const commits$ = new Subject<JobCommit>();
    const seen: number[] = [];
    commits$.pipe(persistCommits({ save: () => EMPTY })).subscribe(({ revision }) => {
      seen.push(revision);
      if (revision === 1) for (const further of [2, 3, 4]) commits$.next(commit(further));
    });
    commits$.next(commit(1));
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('needs no stack for many commits that follow each other after a save that took a while', () => {
    const commits$ = new Subject<JobCommit>();
    const slow$ = new Subject<never>();
    let made = 0;
    let seen = 0;
    const next = (): void => {
      if (made < many) commits$.next(commit((made += 1)));
    };
    commits$
      .pipe(persistCommits({ save: ([first]) => (first!.snapshot.revision === 1 ? slow$ : EMPTY) }))
      .subscribe(() => {
        seen += 1;
        next();
      });
    next();
    next();
    slow$.complete();
    expect(seen).toBe(many);
  });

  it('leaves a source that emits at once and without end', () => {
    let made = 0;
    const endless$ = new Observable<JobCommit>((out) => {
      while (!out.closed && made < 10) out.next(commit((made += 1)));
    });
    endless$.pipe(persistCommits({ save: () => EMPTY }), take(2)).subscribe();
    expect(made).toBe(2);
  });

  it('completes once all is stored when the last snapshot leads to the last commit and the end', () => {
    const commits$ = new Subject<JobCommit>();
    const seen: (number | string)[] = [];
    commits$.pipe(persistCommits({ save: () => EMPTY })).subscribe({
      next: ({ revision }) => {
        seen.push(revision);
        if (revision !== 1) return;
        commits$.next(commit(2));
        commits$.complete();
      },
      complete: () => seen.push('complete'),
    });
    commits$.next(commit(1));
    expect(seen).toEqual([1, 2, 'complete']);
  });

  it('still waits for a slow save in between', () => {
    runMarbles(({ cold, expectObservable }) => {
      const repository = saver(cold, ['|', '---|', '|']);
      expectObservable(cold('1-2-3|', commits).pipe(revisions(repository))).toBe('1----(23|)');
    });
  });
});

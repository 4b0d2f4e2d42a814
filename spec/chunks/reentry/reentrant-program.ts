import * as fc from 'fast-check';
import type { JobCommand, StartRate } from 'sluice';

/** Where user code is called by a run, and may call back. */
export type Place =
  | 'pull'
  | 'worker'
  | 'work'
  | 'teardown'
  | 'report'
  | 'running'
  | 'next'
  | 'progress'
  | 'refused'
  | 'merge'
  | 'tick';

/** What it does there. */
export type Act =
  | { readonly act: 'leave' | 'release' | 'settle' | 'push' | 'end source' | 'fail source' }
  | { readonly act: 'resize'; readonly to: number }
  | { readonly act: 'command'; readonly command: JobCommand };

/** The `nth` call of a place does something to a run. */
export interface Reaction {
  readonly place: Place;
  readonly nth: number;
  /** The run that is called back, of those that there are. */
  readonly run: number;
  readonly act: Act;
}

/** One attempt. */
export interface Work {
  /** `open` work goes on until somebody settles it. */
  readonly how: 'throws' | 'at once' | 'later' | 'open';
  readonly fails: boolean;
  readonly reports: boolean;
  /** How long `waitUntil` holds it beyond its work; `open` is until somebody releases it. */
  readonly held: number | 'open' | undefined;
  /** How long it takes to stop. */
  readonly teardownMs: number;
  readonly ms: number;
}

/** A run. */
export interface RunProgram {
  /** The attempts of each chunk; the last one stands for all further ones. */
  readonly chunks: readonly (readonly Work[])[];
  readonly source: 'array' | 'iterable' | 'pushed';
  /** How many chunks a pushed source has at once. */
  readonly atOnce: number;
  readonly concurrency: number;
  readonly retries: number;
  readonly delayMs: number;
  readonly stopGraceMs: number;
  readonly attemptTimeoutMs: number | undefined;
  readonly maxWaiting: number | undefined;
  readonly window: number | undefined;
  readonly startRate: StartRate | undefined;
  /** What is only for jobs. */
  readonly job: JobProgram;
}

/** What a job has beside its chunks. */
export interface JobProgram {
  readonly tolerated: number;
  readonly merge: Work | undefined;
  readonly jobTimeoutMs: number | undefined;
}

/** Runs, and what calls back into them. */
export interface ReentrantProgram {
  readonly runs: readonly RunProgram[];
  /** How many slots the runs share. */
  readonly slots: number | undefined;
  readonly reactions: readonly Reaction[];
}

const optional = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(some, { nil: undefined, freq: 2 });

const work: fc.Arbitrary<Work> = fc.record({
  how: fc.constantFrom('throws', 'at once', 'at once', 'later', 'later', 'open'),
  fails: fc.boolean(),
  reports: fc.boolean(),
  held: optional(fc.oneof(fc.nat(4), fc.constant('open' as const))),
  teardownMs: fc.nat(3),
  ms: fc.nat(4),
});

const run: fc.Arbitrary<RunProgram> = fc.record({
  chunks: fc.array(fc.array(work, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 7 }),
  source: fc.constantFrom('array', 'iterable', 'pushed'),
  atOnce: fc.nat(3),
  concurrency: fc.integer({ min: 1, max: 3 }),
  retries: fc.nat(2),
  delayMs: fc.nat(3),
  stopGraceMs: fc.nat(5),
  attemptTimeoutMs: optional(fc.integer({ min: 1, max: 6 })),
  maxWaiting: optional(fc.integer({ min: 1, max: 3 })),
  window: optional(fc.integer({ min: 1, max: 4 })),
  startRate: optional(
    fc.record({ limit: fc.integer({ min: 1, max: 3 }), perMs: fc.integer({ min: 1, max: 4 }) }),
  ),
  job: fc.record({
    tolerated: fc.nat(4),
    merge: optional(work),
    jobTimeoutMs: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined, freq: 1 }),
  }),
});

const simpleActs: readonly fc.Arbitrary<Act>[] = [
  fc.record({ act: fc.constantFrom('leave', 'release', 'release', 'settle', 'settle', 'push', 'push') }),
  fc.record({ act: fc.constantFrom('end source', 'fail source') }),
  fc.record({ act: fc.constant('resize' as const), to: fc.nat(3) }),
];

const commandAct: fc.Arbitrary<Act> = fc.record({
  act: fc.constant('command' as const),
  command: fc.constantFrom<JobCommand>(
    'pause',
    { type: 'pause', mode: 'stop' },
    'resume',
    'resume',
    'cancel',
    'detach',
    { type: 'detach', mode: 'stop' },
  ),
});

/** Programs of so many runs; those of jobs are told commands, too. */
export function reentrantPrograms(runs: number, isJob = false): fc.Arbitrary<ReentrantProgram> {
  const reaction: fc.Arbitrary<Reaction> = fc.record({
    place: fc.constantFrom(
      ...(['pull', 'worker', 'work', 'teardown', 'report', 'running', 'next', 'tick'] as const),
      ...(isJob ? (['progress', 'refused', 'merge', 'next', 'running'] as const) : []),
    ),
    nth: fc.integer({ min: 1, max: 8 }),
    run: fc.nat(runs - 1),
    act: fc.oneof(...simpleActs, ...(isJob ? [commandAct, commandAct] : [])),
  });
  return fc.record({
    runs: fc.array(run, { minLength: runs, maxLength: runs }),
    slots: runs > 1 ? fc.integer({ min: 1, max: 3 }) : optional(fc.integer({ min: 1, max: 2 })),
    reactions: fc.array(reaction, { maxLength: 8 }),
  });
}

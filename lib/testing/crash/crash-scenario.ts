import type { Observable, ObservableInput } from 'rxjs';
import { catchError, concat, defer, EMPTY, forkJoin, last, merge, mergeMap, throwError } from 'rxjs';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import type { JobCommand } from '../../model/job-command.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { TerminalState } from '../../model/job-state.js';
import { isTerminal } from '../../model/job-state.js';
import type { StoredJob } from '../../ports/job-repository.js';
import type { CrashProcess } from './crash-process.js';
import { recovered, submitted, working } from './manager-programs.js';

/** A program that runs one job, and that is started again when it has died or ended with an error. */
export interface CrashScenario {
  /** What it does, to be read after "a job that". */
  readonly name: string;
  /** What has become of the job when the program has ended by itself. */
  readonly ends: TerminalState | 'deleted';
  /**
   * Whether it uses Promises, which virtual time does not see.
   *
   * @defaultValue false
   */
  readonly promises?: boolean | undefined;
  /**
   * Which attempts fail, before the worker is asked.
   *
   * @param index - the chunk, 0-based
   * @param attempt - 1-based
   * @param run - of the job, 1-based: one more with each redrive
   */
  readonly failures?: ((index: number, attempt: number, run: number) => boolean) | undefined;
  /**
   * The program, from its start to its end.
   *
   * @param process - what it has
   */
  readonly run: (process: CrashProcess) => ObservableInput<unknown>;
  /**
   * The program, started again.
   *
   * @defaultValue `run`
   */
  readonly recover?: ((process: CrashProcess) => ObservableInput<unknown>) | undefined;
}

/** A command when so many chunks are done, for as long as that means something. */
const whenCompleted =
  (count: number, command: JobCommand) =>
  ({ state, completedChunks }: JobSnapshot): JobCommand | undefined =>
    completedChunks >= count && !isTerminal(state) ? command : undefined;

/** Pauses once, and resumes what is paused. */
const pauseOnce = (pause: JobCommand): ((snapshot: JobSnapshot) => JobCommand | undefined) => {
  let isDone = false;
  return ({ state, completedChunks }) => {
    if (state === 'paused') return 'resume';
    if (isDone || state !== 'running' || completedChunks < 1) return undefined;
    isDone = true;
    return pause;
  };
};

/** What `crashSuite` runs by default: needs six chunks or more. */
export const crashScenarios: readonly CrashScenario[] = [
  { name: 'runs to its end', ends: 'completed', run: (process) => process.manage() },
  {
    name: 'retries some of its chunks',
    ends: 'completed',
    failures: (index, attempt) => index % 2 === 1 && attempt < 3,
    run: (process) => process.manage(),
  },
  { name: 'fails', ends: 'failed', failures: (index) => index === 3, run: (process) => process.manage() },
  {
    name: 'goes on without a chunk that failed',
    ends: 'completed',
    failures: (index) => index === 1,
    run: (process) => process.manage({ tolerate: { failedChunks: 1 } }),
  },
  {
    name: 'is paused and resumed',
    ends: 'completed',
    run: (process) => process.manage({ steer: pauseOnce('pause') }),
  },
  {
    name: 'is stopped and resumed',
    ends: 'completed',
    run: (process) => process.manage({ steer: pauseOnce({ type: 'pause', mode: 'stop' }) }),
  },
  {
    name: 'is paused and resumed by commands that are sent to it',
    ends: 'completed',
    run: (process) => {
      const steer = pauseOnce({ type: 'pause', mode: 'stop' });
      return process.manage().pipe(
        mergeMap((snapshot) => {
          const command = steer(snapshot);
          return command === undefined
            ? EMPTY
            : process.repository.send(
                process.spec.id,
                typeof command === 'string' ? { type: 'resume' } : { type: 'pause', mode: 'stop' },
              );
        }),
      );
    },
  },
  {
    name: 'fails and is redriven',
    ends: 'completed',
    failures: (index, _, run) => run === 1 && index === 3,
    run: (process) => redriven(process),
  },
  {
    name: 'is cancelled',
    ends: 'cancelled',
    run: (process) => process.manage({ steer: whenCompleted(1, 'cancel') }),
  },
  {
    name: 'merges its outcomes',
    ends: 'completed',
    run: (process) => process.manage({ merge: process.merge }),
  },
  {
    name: 'is deleted while it runs',
    ends: 'deleted',
    run: (process) => concat(process.manage({ steer: whenCompleted(1, 'cancel') }), process.delete()),
    recover: (process) =>
      stored(process).pipe(
        mergeMap((job) => {
          if (job === undefined) return EMPTY;
          return concat(
            isTerminal(job.snapshot.state) ? EMPTY : process.manage({ steer: whenCompleted(0, 'cancel') }),
            process.delete(),
          );
        }),
      ),
  },
  {
    name: 'two owners want',
    ends: 'completed',
    run: (process) => forkJoin([process.manage(), process.manage({ owner: 'the other one' })]),
  },
  {
    name: 'is stored for whoever works, who claims it',
    ends: 'completed',
    run: (process) => concat(process.enqueue(), process.work('worker')),
  },
  {
    name: 'two that claim want',
    ends: 'completed',
    run: (process) =>
      concat(process.enqueue(), forkJoin([process.work('worker'), process.work('the other one')])),
  },
  {
    name: 'two managers that work want',
    ends: 'completed',
    run: (process) =>
      concat(process.enqueue(), merge(working(process, 'worker'), working(process, 'the other one'))),
  },
  {
    name: 'a manager runs',
    ends: 'completed',
    promises: true,
    run: submitted,
    recover: recovered,
  },
];

function stored(process: CrashProcess): Observable<StoredJob | undefined> {
  return defer(() => process.repository.load(process.spec.id)).pipe(last(null, undefined));
}

/** Runs the job; and once it has failed, what failed of it. */
function redriven(process: CrashProcess): Observable<JobSnapshot> {
  return stored(process).pipe(
    mergeMap((job) => {
      if (job?.snapshot.state === 'failed') return process.manage({ redrive: job.snapshot.failed });
      const isFailed = (error: unknown): boolean => isSluiceError(error) && error.code === 'JOB_FAILED';
      return process
        .manage()
        .pipe(
          catchError((error: unknown) => (isFailed(error) ? redriven(process) : throwError(() => error))),
        );
    }),
  );
}

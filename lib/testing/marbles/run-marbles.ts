import type { Observable } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { TestScheduler } from 'rxjs/testing';
import type { JobCommand } from '../../model/job-command.js';
import { marbleMismatch } from './marble-mismatch.js';

/** The helpers of `TestScheduler.run`, and `commands`. */
export interface MarbleHelpers extends RunHelpers {
  /**
   * A hot stream of commands for a job, one letter each: `p` pause (drain), `P` pause (stop), `r` resume, `c`
   * cancel, `d` detach (drain),
   * `D` detach (stop).
   *
   * @param marbles - for example `'--p--r'`
   * @returns what `commands$` takes
   * @throws RangeError if there is another letter in it
   */
  commands(marbles: string): Observable<JobCommand>;
}

/** Options of {@link runMarbles}. */
export interface RunMarblesOptions {
  /**
   * How far virtual time runs, in ms. Past it the run fails and says so, where it would otherwise hang: a
   * stream with a heartbeat never ends.
   *
   * @defaultValue one day
   */
  readonly maxFrames?: number | undefined;
}

const letters: { readonly [letter: string]: JobCommand } = {
  p: 'pause',
  P: { type: 'pause', mode: 'stop' },
  r: 'resume',
  c: 'cancel',
  d: 'detach',
  D: { type: 'detach', mode: 'stop' },
};

/**
 * Runs a marble test in virtual time, under any test runner: a mismatch is thrown as an error that shows the
 * frames side by side.
 *
 * @remarks
 * It is `TestScheduler.run` with an assertion of its own. Values are compared by what they look like;
 * matchers of the runner (`expect.objectContaining(…)`) are asked. Promises are invisible to virtual time:
 * use Observables in workers and repositories.
 *
 * @example Two chunks at a time
 * ```ts
 * import { runChunks } from 'sluice';
 * import { marbleWorker, runMarbles } from 'sluice/testing';
 * import { ignoreElements } from 'rxjs';
 *
 * runMarbles((helpers) => {
 *   const worker = marbleWorker(helpers, ['---a|', '--b|', '-c|']);
 *   const done$ = helpers.cold('(xyz|)').pipe(runChunks(worker, { concurrency: 2 }), ignoreElements());
 *   helpers.expectObservable(done$).toBe('-----|');
 *   helpers.expectSubscriptions(worker.subscriptions).toBe(['^---!', '^--!', '---^-!']);
 * });
 * ```
 *
 * @param body - writes the expectations; virtual time runs when it returns
 * @param options - see {@link RunMarblesOptions}
 * @returns what `body` returns
 * @throws Error if an expectation does not hold, or if something is still scheduled at `maxFrames`
 */
export function runMarbles<T>(body: (helpers: MarbleHelpers) => T, options: RunMarblesOptions = {}): T {
  const { maxFrames = 24 * 60 * 60 * 1_000 } = options;
  const diagrams: ExpectedDiagram[] = [];
  const scheduler = new TestScheduler((actual: unknown, expected: unknown) => {
    const mismatch = marbleMismatch(actual, expected, () => lettersOf(expected, diagrams));
    if (mismatch !== undefined) throw new Error(mismatch);
  });
  return scheduler.run((helpers) => {
    // `run` lifts the limit of the scheduler, and a timer that repeats for ever would then never let it
    // return.
    scheduler.maxFrames = maxFrames;
    const returned = body({
      ...helpers,
      expectObservable: (observable$, subscription) => {
        const expectation = helpers.expectObservable(observable$, subscription);
        return {
          ...expectation,
          toBe: (marbles, values: Letters | undefined, error: unknown) => {
            diagrams.push({ marbles, values, error });
            expectation.toBe(marbles, values, error);
          },
        };
      },
      commands: (marbles) => helpers.hot<JobCommand>(checked(marbles), letters),
    });
    helpers.flush();
    if (scheduler.actions.length > 0) {
      throw new Error(
        `Cannot finish the marbles: nothing may be scheduled after frame ${maxFrames}, received a timer; leave endless streams with expectObservable(stream, '^---!')`,
      );
    }
    return returned;
  });
}

/** What letters stand for. */
type Letters = { readonly [letter: string]: unknown };

/** What a stream was expected to be: TestScheduler hands over what it has made of it. */
interface ExpectedDiagram {
  readonly marbles: string;
  readonly values: Letters | undefined;
  readonly error: unknown;
}

function lettersOf(expected: unknown, diagrams: readonly ExpectedDiagram[]): Letters | undefined {
  const isDrawnBy = ({ marbles, values, error }: ExpectedDiagram): boolean => {
    const drawn = TestScheduler.parseMarbles(marbles, values, error, true, true);
    // By identity: a matcher of the runner is not like itself.
    return (
      Array.isArray(expected) &&
      drawn.length === expected.length &&
      drawn.every(({ notification }, at) => {
        const other = (expected as typeof drawn)[at]!.notification;
        return notification.kind === 'N' && other.kind === 'N'
          ? Object.is(notification.value, other.value)
          : notification.kind === other.kind;
      })
    );
  };
  return diagrams.find(isDrawnBy)?.values;
}

function checked(marbles: string): string {
  // Time progression (` 10ms `, ` 1.5s `) holds letters that are no commands.
  const other = marbles.replaceAll(/(^| )\d+(\.\d+)?(ms|s|m) /g, ' ').replaceAll(/[-\s^()|#]/g, '');
  for (const letter of other) {
    if (!Object.hasOwn(letters, letter)) {
      throw new RangeError(
        `Cannot draw commands: a letter must be one of ${Object.keys(letters).join(', ')}, received '${letter}'`,
      );
    }
  }
  return marbles;
}

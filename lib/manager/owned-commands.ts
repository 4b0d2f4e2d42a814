import type { Observable } from 'rxjs';
import { catchError, defer, EMPTY, map, merge, tap, throwError } from 'rxjs';
import { reportUnhandled } from '../errors/report-unhandled.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { ExecuteOptions } from '../executor/execute-options.js';
import type { JobCommand } from '../model/job-command.js';
import type { JobLease, JobRepository } from '../ports/job-repository.js';

type Commands = Pick<ExecuteOptions, 'commands$' | 'onRefused'>;

/**
 * The commands to a job that is owned: those of `options`, and those that other processes send. A sent
 * command that is refused is not reported: whoever sent it sees what has become of the job in the snapshots.
 *
 * @param repository - where the others leave their commands
 * @param lease - of the job
 * @param options - the commands that are given here, and who hears of refusals
 */
export function ownedCommands(
  repository: JobRepository,
  lease: JobLease,
  { commands$ = EMPTY, onRefused = reportRefusal }: Commands,
): Required<Commands> {
  const sent = new WeakSet<object>();
  const sent$ = sentCommands(repository, lease).pipe(tap((command) => sent.add(command)));
  return {
    commands$: merge(commands$, sent$),
    onRefused: (command, error) => {
      if (typeof command !== 'object' || !sent.has(command)) onRefused(command, error);
    },
  };
}

/** The commands that other processes send, each an object of its own. */
function sentCommands(repository: JobRepository, lease: JobLease): Observable<JobCommand & object> {
  return defer(() => repository.commands(lease)).pipe(
    map((command) => ({ ...command })),
    catchError((error: unknown) => {
      if (isSluiceError(error) && error.code === 'CONFLICT') return throwError(() => error);
      // The job goes on without: it can still be commanded from here.
      reportUnhandled(error);
      return EMPTY;
    }),
  );
}

function reportRefusal(_command: JobCommand, error: Error): void {
  reportUnhandled(error);
}

import type { Observable } from 'rxjs';
import { firstValueFrom, takeUntil } from 'rxjs';
import type { StopMode } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { AnsweredCommand } from './command-effect.js';
import { effectOf } from './command-effect.js';
import type { StoredJobs } from './stored-jobs.js';

/** A command that is sent. */
export interface CommandToSend {
  readonly command: AnsweredCommand;
  readonly mode: StopMode | undefined;
  /** How long its effect is waited for. */
  readonly until$: Observable<unknown>;
}

/**
 * Leaves a command to whoever owns the job, or will.
 *
 * @returns resolves with the snapshot in which it has had its effect
 * @throws EmptyError if it has had none until `until$`
 */
export async function sendCommand(
  stored: StoredJobs,
  jobId: string,
  { command, mode, until$ }: CommandToSend,
): Promise<JobSnapshot> {
  await stored.send(jobId, command === 'pause' ? { type: command, mode } : { type: command });
  return firstValueFrom(stored.poll(jobId).pipe(effectOf(command), takeUntil(until$)));
}

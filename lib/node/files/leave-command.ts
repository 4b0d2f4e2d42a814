import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { SentCommand } from '../../model/job-command.js';
import { errorCode } from '../disk/error-code.js';
import { removeFile } from '../disk/remove-file.js';
import type { JobDirectory } from './job-directory.js';
import { sendTime } from './send-time.js';

/** Each of them means that a claimant cleared the directory between two calls. */
const mostAttempts = 10;

/**
 * Leaves a command in the inbox of a job: it appears as a whole, after those that this process has left
 * before.
 *
 * @throws JobNotFoundError if there is no such job
 */
export async function leaveCommand(directory: JobDirectory, command: SentCommand): Promise<void> {
  const { fileSystem, inbox } = directory;
  const name = `${sendTime()}-${randomUUID()}.json`;
  // Beside the inbox, where it wakes nobody; and where the next owner clears it away if this process dies.
  const temporary = directory.file(`command.${name}.tmp`);
  for (let attempt = 1; ; attempt++) {
    if ((await directory.identity()) === undefined) throw new JobNotFoundError({ jobId: directory.jobId });
    try {
      await directory.makeInbox();
      await directory.writeFile(temporary, command);
      await fileSystem.rename(temporary, join(inbox, name));
      await directory.syncDirectory(inbox);
      return;
    } catch (error) {
      // The job was deleted meanwhile, or its next owner took the file for one that a dead process has left:
      // the next look tells.
      if (errorCode(error) === 'ENOENT' && attempt < mostAttempts) continue;
      await removeFile(fileSystem, temporary).catch(() => undefined);
      throw error;
    }
  }
}

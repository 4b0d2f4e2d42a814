import { CorruptJobError } from '../../errors/corrupt-job-error.js';
import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import { JobOwnedError } from '../../errors/job-owned-error.js';
import { errorCode } from '../disk/error-code.js';
import { orAbsent } from '../disk/or-absent.js';
import { createSegment } from './claim-job.js';
import { readJournal } from '../journal/read-journal.js';
import type { JobDirectory } from './job-directory.js';
import { readRecord } from './job-record.js';
import type { Ownership } from './lease-file.js';
import { readOwnership } from './lease-file.js';
import { assertOnlyOwnFiles, removeOwnFiles } from './own-files.js';
import type { StoreDirectory } from './store-directory.js';

/**
 * Removes a job, also one that cannot be read, and what was deleted before by processes that died over it.
 *
 * @param token - that of the lease of the caller, if it has one
 * @param letGo - called when the job is certainly the caller's to delete
 * @throws JobOwnedError while another owner is alive
 * @throws CorruptJobError for a directory that holds anything but files that Sluice has written
 */
export async function deleteJob(
  store: StoreDirectory,
  directory: JobDirectory,
  { token, letGo }: { readonly token: string | undefined; readonly letGo: () => Promise<void> },
): Promise<void> {
  const { fileSystem, jobId, path } = directory;
  await store.sweep();
  const ownership = await orAbsent(
    assertOnlyOwnFiles(fileSystem, path, jobId).then(() => ownershipOf(directory)),
  );
  if (!ownership) return;
  const { newest, owner } = ownership;
  if (owner !== undefined && ownership.token !== token) throw new JobOwnedError({ jobId, owner });
  try {
    // Decides between this call and all that want to own the job.
    await (await createSegment(directory, newest + 1)).close();
    await letGo();
    await strikeOut(store, directory);
    const trash = await store.hiddenPath('trash');
    await fileSystem.rename(path, trash);
    await directory.syncDirectory(store.path);
    if (!(await removeOwnFiles(fileSystem, trash)))
      throw directory.corrupt(trash, 'holds something that is no file of a job');
  } catch (error) {
    // Somebody else has deleted it: then it is as the caller wants it.
    if (error instanceof JobNotFoundError || errorCode(error) === 'ENOENT') return;
    throw error;
  }
}

/** Before the job goes: what is left behind would be taken for another of its id. */
async function strikeOut({ resting }: StoreDirectory, directory: JobDirectory): Promise<void> {
  try {
    const { created, ...record } = await readRecord(directory);
    const { epoch, snapshot } = await readJournal(directory, record);
    await resting.remove({ created, epoch, snapshot });
  } catch (error) {
    if (!(error instanceof CorruptJobError) && errorCode(error) !== 'ENOENT') throw error;
    await resting.removeAll(directory.jobId);
  }
}

/** Who owns a job that may be damaged: damage is no owner. */
async function ownershipOf(directory: JobDirectory): Promise<Ownership> {
  try {
    return await readOwnership(directory);
  } catch (error) {
    if (error instanceof CorruptJobError) return { newest: await directory.newestEpoch() };
    throw error;
  }
}

import { JobExistsError } from '../../errors/job-exists-error.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import { errorCode } from '../disk/error-code.js';
import { orAbsent } from '../disk/or-absent.js';
import type { ClaimedJob } from './claim-job.js';
import type { FirstClaim } from './first-epoch.js';
import { continueFirstEpoch, writeFirstEpoch } from './first-epoch.js';
import type { JobRecord } from './job-record.js';
import { writeRecord } from './job-record.js';
import { removeOwnFiles } from './own-files.js';
import type { StoreDirectory } from './store-directory.js';

/** What a job is made of. */
export interface NewJob {
  readonly spec: StoredSpec;
  readonly record: JobRecord;
  /** Who is to own it; without it, nobody does. */
  readonly claim: FirstClaim | undefined;
}

/**
 * Makes a job beside its place and moves it there: it appears as a whole, and with its owner, if it has one.
 *
 * @throws JobExistsError if there is one of its id
 * @throws NotAStoreError if the path is that of something else than a store
 */
export async function createJob(
  store: StoreDirectory,
  { spec, record, claim }: NewJob,
): Promise<ClaimedJob | undefined> {
  const { fileSystem } = store;
  const directory = store.at(spec.id);
  await store.prepare();
  // What decides is the rename; this saves the writing.
  if (await orAbsent(fileSystem.stat(directory.path))) throw new JobExistsError({ jobId: spec.id });
  const building = await store.hiddenPath('new');
  try {
    await fileSystem.mkdir(building, { recursive: false });
    const unplaced = store.at(spec.id, building);
    await writeRecord(unplaced, spec, record);
    const epoch = claim && (await writeFirstEpoch(unplaced, record.snapshot, claim));
    await fileSystem.rename(building, directory.path);
    await directory.syncDirectory(store.path);
    if (!epoch) {
      const isStill = async (): Promise<boolean> => (await directory.newestEpoch()) === 0;
      await store.resting.add({ ...record, epoch: 0 }, isStill);
    }
    return epoch && claim && continueFirstEpoch(directory, record.snapshot, epoch, claim.segments);
  } catch (cause) {
    await removeOwnFiles(fileSystem, building).catch(() => undefined);
    if (await isTaken(store, directory.path, cause)) throw new JobExistsError({ jobId: spec.id }, { cause });
    throw cause;
  }
}

async function isTaken({ fileSystem }: StoreDirectory, path: string, error: unknown): Promise<boolean> {
  const code = errorCode(error);
  if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') return true;
  // What Windows says to a rename over a directory.
  return code === 'EPERM' && (await orAbsent(fileSystem.stat(path))) !== undefined;
}

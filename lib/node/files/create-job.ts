import { JobExistsError } from '../../errors/job-exists-error.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import { errorCode } from '../disk/error-code.js';
import { orAbsent } from '../disk/or-absent.js';
import type { ClaimedJob } from './claim-job.js';
import { creationTime } from './creation-time.js';
import type { FirstClaim } from './first-epoch.js';
import { openFirstEpoch, writeFirstEpoch } from './first-epoch.js';
import type { JobDirectory } from './job-directory.js';
import type { StoreDirectory } from './store-directory.js';

/** What a job is made of, and where. */
export interface NewJob {
  readonly spec: StoredSpec;
  readonly snapshot: JobSnapshot;
  /** Who is to own it; without it, nobody does. */
  readonly claim?: FirstClaim | undefined;
  readonly store: StoreDirectory;
  /** The directory of this job at a path: its own, if none is given. */
  readonly at: (path?: string) => JobDirectory;
}

/**
 * Makes a job beside its place and moves it there: it appears as a whole, and with its owner, if it has one.
 *
 * @throws JobExistsError if there is one of its id
 */
export async function createJob({
  spec,
  snapshot,
  claim,
  store,
  at,
}: NewJob): Promise<ClaimedJob | undefined> {
  const directory = at();
  const { fileSystem, path } = directory;
  // What decides is the rename; this saves the writing.
  if (await orAbsent(fileSystem.stat(path))) throw new JobExistsError({ jobId: spec.id });
  await fileSystem.mkdir(store.path, { recursive: true });
  await store.sweep();
  const building = await store.hiddenPath('new');
  try {
    await fileSystem.mkdir(building, { recursive: false });
    const unplaced = at(building);
    await unplaced.writeNew(spec, { created: creationTime(), priority: spec.priority ?? 0, snapshot });
    const epoch = claim && (await writeFirstEpoch(unplaced, snapshot, claim));
    await fileSystem.rename(building, path);
    await directory.syncDirectory(store.path);
    return epoch && (await openFirstEpoch(directory, snapshot, epoch));
  } catch (cause) {
    await fileSystem.rm(building, { recursive: true, force: true }).catch(() => undefined);
    if (await isTaken(directory, cause)) throw new JobExistsError({ jobId: spec.id }, { cause });
    throw cause;
  }
}

async function isTaken({ fileSystem, path }: JobDirectory, error: unknown): Promise<boolean> {
  const code = errorCode(error);
  if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') return true;
  // What Windows says to a rename over a directory.
  return code === 'EPERM' && (await orAbsent(fileSystem.stat(path))) !== undefined;
}

import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { ChunkOutcome } from '../../model/chunk-outcome.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { OutcomeQuery, StoredJob } from '../../ports/job-repository.js';
import { readSteadily } from '../disk/read-steadily.js';
import { readJournal } from '../journal/read-journal.js';
import type { JobDirectory } from './job-directory.js';
import { readRecord, readSpec } from './job-record.js';
import type { StoreCalls } from './store-calls.js';
import type { StoreDirectory } from './store-directory.js';
import { StoredOutcomes } from './stored-outcomes.js';

/** The job as it was stored last, or `undefined`. */
export async function readStoredJob(directory: JobDirectory | undefined): Promise<StoredJob | undefined> {
  if (!directory) return undefined;
  return readSteadily(directory, async () => {
    const { snapshot } = await readJournal(directory, await readRecord(directory));
    return Object.freeze({ spec: await readSpec(directory), snapshot });
  });
}

/** Its snapshot, without reading the spec. */
export async function readStoredSnapshot(
  directory: JobDirectory | undefined,
): Promise<JobSnapshot | undefined> {
  if (!directory) return undefined;
  return readSteadily(
    directory,
    async () => (await readJournal(directory, await readRecord(directory))).snapshot,
  );
}

/**
 * Its outcomes in the order of their chunks, read one after the other as they are asked for.
 *
 * @throws JobNotFoundError if there is no such job
 */
export async function* readOutcomes(
  { store, calls }: { readonly store: StoreDirectory; readonly calls: StoreCalls },
  jobId: string,
  query: OutcomeQuery,
): AsyncGenerator<ChunkOutcome, void, undefined> {
  const outcomes = await calls.of(jobId, async () => {
    const directory = store.find(jobId);
    if (!directory) return undefined;
    const open = async (): Promise<StoredOutcomes> =>
      StoredOutcomes.open(directory, await readRecord(directory), query);
    return readSteadily(directory, open, (stale) => stale.close());
  });
  if (!outcomes) throw new JobNotFoundError({ jobId });
  try {
    yield* outcomes.read();
  } finally {
    await outcomes.close();
  }
}

import { range } from '../../model/spec/chunk-range.js';
import { freezeJson } from '../../model/spec/freeze-json.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { storedSnapshot } from '../journal/stored-snapshot.js';
import { creationTime } from './creation-time.js';
import type { JobDirectory } from './job-directory.js';

const formatVersion = 1;

/** What `job.json` holds. */
export interface JobRecord {
  /** Orders the jobs of a store, in epoch ms with fractions. */
  readonly created: number;
  /** That of the spec. */
  readonly priority: number;
  /** The first snapshot. */
  readonly snapshot: JobSnapshot;
}

interface StoredRecord extends Omit<JobRecord, 'priority'> {
  readonly format: number;
  readonly priority?: number;
}

/**
 * Reads `job.json`.
 *
 * @throws CorruptJobError if it is damaged, of another format, or of another job
 */
export async function readRecord(directory: JobDirectory): Promise<JobRecord> {
  const path = directory.file('job.json');
  // Jobs of Sluice 0.1 have no priority.
  const { format, created, priority = 0, snapshot } = await directory.readLine<StoredRecord>(path);
  if (format !== formatVersion)
    throw directory.corrupt(
      path,
      `is of format ${String(format)}, this version of Sluice reads ${formatVersion}`,
    );
  // On a disk that does not tell 'A' from 'a', or when a directory was copied.
  if (snapshot.id !== directory.jobId) throw directory.corrupt(path, `is of job '${snapshot.id}'`);
  return { created, priority, snapshot: storedSnapshot(snapshot) };
}

/**
 * Reads `spec.json`.
 *
 * @throws CorruptJobError if it is damaged
 */
export async function readSpec(directory: JobDirectory): Promise<StoredSpec> {
  const { spec } = await directory.readLine<{ readonly spec: StoredSpec }>(directory.file('spec.json'));
  const { chunks, ...rest } = spec;
  if (Array.isArray(chunks)) return freezeJson(spec);
  const { total, size } = chunks as { readonly total: number; readonly size: number };
  return Object.freeze({ ...freezeJson(rest), chunks: range(total, size) });
}

/** The record of a job that is about to be created. */
export function newRecord(spec: StoredSpec, snapshot: JobSnapshot): JobRecord {
  return { created: creationTime(), priority: spec.priority ?? 0, snapshot };
}

/** Writes the files that a new job consists of. */
export async function writeRecord(
  directory: JobDirectory,
  spec: StoredSpec,
  record: JobRecord,
): Promise<void> {
  await directory.writeFile(directory.file('spec.json'), { spec });
  await directory.writeFile(directory.file('job.json'), { format: formatVersion, ...record });
  await directory.syncDirectory(directory.path);
}

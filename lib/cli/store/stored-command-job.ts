import { is } from 'valibot';
import type { JsonObject } from '../../model/spec/json.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import type { StoredJob } from '../../ports/job-repository.js';
import { commandJobSchema } from '../spec-file/spec-file-schema.js';
import type { CommandJob } from './command-job.js';

/**
 * The job that is described by the metadata of a stored one, or `undefined` if this command has not stored
 * it.
 */
export function storedCommandJob(metadata: JsonObject): CommandJob | undefined {
  return is(commandJobSchema, metadata) ? (metadata as unknown as CommandJob) : undefined;
}

/**
 * A spec with the pace and the priority that are stored: how fast and how soon a job goes is no part of what
 * it is, and may have changed.
 */
export function withStoredPace(spec: StoredSpec, stored: StoredJob | undefined): StoredSpec {
  if (stored === undefined || storedCommandJob(stored.spec.metadata) === undefined) return spec;
  const { priority: _, ...rest } = spec;
  const { priority, metadata } = stored.spec;
  return {
    ...rest,
    ...(priority !== undefined && { priority }),
    metadata: { ...spec.metadata, pace: metadata.pace! },
  };
}

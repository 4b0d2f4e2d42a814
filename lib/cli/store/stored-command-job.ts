import { is } from 'valibot';
import type { JsonObject } from '../../model/spec/json.js';
import type { CommandJob } from './command-job.js';
import { commandJobSchema } from '../spec-file/spec-file-schema.js';

/**
 * The job that is described by the metadata of a stored one, or `undefined` if this command has not stored
 * it.
 */
export function storedCommandJob(metadata: JsonObject): CommandJob | undefined {
  return is(commandJobSchema, metadata) ? (metadata as unknown as CommandJob) : undefined;
}

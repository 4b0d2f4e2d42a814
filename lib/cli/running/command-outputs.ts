import { resolve } from 'node:path';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import { chunkAt, chunkCount } from '../../model/spec/job-spec.js';
import { ArgumentTemplate } from '../../node/process/argument-template.js';
import { JobOutputs } from '../../node/process/job-outputs.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';
import { storedCommandJob } from '../store/stored-command-job.js';

/**
 * The output files of a job of commands; `undefined` where its chunks have none, and for a job of another
 * program.
 */
export function commandOutputs({ id, chunks, metadata }: StoredSpec): JobOutputs | undefined {
  const { output, cwd } = storedCommandJob(metadata)?.work ?? {};
  if (output === undefined || cwd === undefined) return undefined;
  const template = new ArgumentTemplate(output);
  return new JobOutputs(id, chunkCount(chunks), (index) =>
    resolve(cwd, template.fill({ jobId: id, index, chunk: chunkAt(chunks, index) } as ChunkTask, undefined)),
  );
}

import type { IndexRanges } from '../../model/index-ranges.js';
import { addIndex, hasIndex } from '../../model/index-ranges.js';
import type { CliContext } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import type { PaceOptions } from '../command-line/pace-options.js';
import { overridesOf } from '../command-line/pace-options.js';
import { exitCode } from '../exit-code.js';
import { failureKind } from '../output/failure-groups.js';
import { chooseRenderer } from '../progress/choose-renderer.js';
import { anewLine } from '../running/anew-line.js';
import { runJob } from '../running/run-job.js';
import type { JobStore } from '../store/job-store.js';
import { loadCommandJob } from '../store/load-command-job.js';

/** The options of `sluice redrive`. */
export interface RedriveOptions extends PaceOptions {
  /** Of the failed chunks, those alone whose error has one of these codes. */
  readonly code?: readonly string[];
  /** Of the failed chunks, those alone that failed as this one did. */
  readonly like?: number;
}

/**
 * `sluice redrive ID`: runs the failed chunks of a job that has ended, to its end.
 *
 * @returns the exit code
 */
export async function redriveCommand(
  context: CliContext,
  jobId: string,
  options: RedriveOptions,
): Promise<number> {
  const { io, store } = context;
  const { spec, job } = await loadCommandJob(store, jobId, 'redrive');
  return runJob(context, {
    spec,
    job,
    overrides: overridesOf(options),
    joblog: options.joblog,
    redrive: {
      codes: options.code,
      ...(options.like !== undefined && { chunks: await chunksLike(store, jobId, options.like) }),
    },
    renderer: chooseRenderer(io, options),
    anew: anewLine(context, jobId),
  });
}

/** The chunks that failed as the one at `index` did. */
async function chunksLike(store: JobStore, jobId: string, index: number): Promise<IndexRanges> {
  const kinds = new Map<string, IndexRanges>();
  for await (const outcome of store.repository.outcomes(jobId)) {
    if (outcome.status !== 'failed') continue;
    const kind = failureKind(outcome.error);
    kinds.set(kind, addIndex(kinds.get(kind) ?? [], outcome.index));
  }
  const chunks = [...kinds.values()].find((ranges) => hasIndex(ranges, index));
  if (chunks !== undefined) return chunks;
  throw new CliError(
    exitCode.refused,
    `Cannot redrive job '${jobId}': --like must name a chunk that failed, received ${index}`,
  );
}

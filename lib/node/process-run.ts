import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessFailedError } from '../errors/process-failed-error.js';
import type { ChunkTask } from '../ports/worker-adapter.js';
import { guardExit } from './exit-guard.js';
import { loadExeca } from './load-execa.js';
import type { OutputFile } from './output-file.js';
import { ProcessGroup } from './process-group.js';
import { ProcessOutput } from './process-output.js';
import type { ProcessResult } from './process-worker-adapter.js';

/** All that is needed to run one attempt as a process. */
export interface ProcessPlan<R> {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Record<string, string>;
  readonly input: string | Uint8Array | undefined;
  readonly result: ProcessResult;
  readonly parse: ((text: string) => R) | undefined;
  readonly maxOutputBytes: number;
  readonly killAfterMs: number;
  readonly file: OutputFile | undefined;
}

/**
 * Runs one process and all that it starts. Settles when nothing of it runs any more, and nothing half-written is left.
 *
 * @returns the result, or `undefined` if there is none
 * @throws ProcessFailedError
 */
export async function runProcess<R>(plan: ProcessPlan<R>, task: ChunkTask, stop: AbortSignal): Promise<{ readonly value: R } | undefined> {
  const { file } = plan;
  const { execa } = await loadExeca();
  if (stop.aborted) return undefined;
  try {
    await file?.prepare();
    if (stop.aborted) return undefined;
    const output = new ProcessOutput(plan, task);
    const ending = await supervise(execa, plan, output, stop);
    if (stop.aborted) return undefined;
    const result = ending.failure === undefined ? output.result() : undefined;
    if (ending.failure !== undefined || result === undefined) throw ending.failure;
    return undefined;
  } finally {
    await file?.discard();
  }
}

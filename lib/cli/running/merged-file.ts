import { resolve } from 'node:path';
import { ArgumentTemplate } from '../../node/process/argument-template.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';

/** The file that a merge makes; absolute. A merge has no chunk: its template holds at most `{jobId}`. */
export function mergedFile(output: string, jobId: string, cwd: string): string {
  const task = { jobId, chunk: null } as unknown as ChunkTask;
  return resolve(cwd, new ArgumentTemplate(output).fill(task, undefined));
}

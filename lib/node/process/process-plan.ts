import type { OutputFile } from './output-file.js';
import type { ProcessResult } from './process-output.js';

/** Where stdout goes: its lines are read, it becomes the output file, or somebody takes its bytes. */
export type StdoutTarget = 'lines' | 'file' | ((bytes: Uint8Array) => Promise<void>);

/** All that is needed to run one attempt as a process. */
export interface ProcessPlan<R> {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Record<string, string>;
  /** What the process reads from stdin; lines no faster than it does. */
  readonly input: string | Uint8Array | AsyncIterable<string> | undefined;
  readonly stdout: StdoutTarget;
  readonly result: ProcessResult;
  readonly parse: ((text: string) => R) | undefined;
  readonly maxOutputBytes: number;
  readonly killAfterMs: number;
  readonly file: OutputFile | undefined;
}

import type { ChunkTask } from '../../ports/worker-adapter.js';
import type { ProcessResult } from './process-output.js';

/** Options of {@link ProcessWorkerAdapter}. */
export interface ProcessWorkerOptions<C = unknown, R = string> {
  /**
   * The program and its arguments. No shell is involved: an argument arrives as it stands here.
   *
   * In an array, `{index}`, `{attempt}`, `{jobId}`, `{chunk}`, `{chunk.<path>}`, `{start}` and `{end}` (of a
   * range) and `{output}` are replaced within their argument; strings as they are, everything else as JSON;
   * `{{` and `}}` stand for braces. The program itself is fixed. What a function returns is taken as it is;
   * its second argument is the path that `{output}` would be.
   *
   * A chunk that begins with `-` is still an option to the program: put `--` before it where that matters.
   */
  readonly command:
    readonly string[] | ((task: ChunkTask<C>, output: string | undefined) => readonly string[]);
  /**
   * The working directory.
   *
   * @defaultValue that of this process
   */
  readonly cwd?: string | undefined;
  /**
   * Variables for the process, besides those that it inherits. Sluice adds `SLUICE_JOB_ID`,
   * `SLUICE_CHUNK_INDEX`, `SLUICE_ATTEMPT`, `SLUICE_OUTPUT` and, up to 32 KiB, `SLUICE_CHUNK` (JSON).
   */
  readonly env?: { readonly [name: string]: string } | undefined;
  /**
   * Further variables of this process that are handed on, besides `PATH`, `HOME`, `LANG`, `LC_ALL`, `TZ`,
   * `TMPDIR` and, on Windows, those that programs cannot start without. All others stay here.
   *
   * @defaultValue none
   */
  readonly inheritEnv?: readonly string[] | undefined;
  /**
   * What the process reads from stdin: the way for chunks that are too big for an argument (128 KiB on
   * Linux).
   *
   * @defaultValue nothing: stdin is empty
   */
  readonly input?: ((task: ChunkTask<C>) => string | Uint8Array) | undefined;
  /**
   * What of stdout is the result. Where there is no line that is not empty, the attempt has no `'last-line'`
   * result. It must be UTF-8: other bytes belong into a file (`output`), and fail the attempt here.
   *
   * @defaultValue `'last-line'`
   */
  readonly result?: ProcessResult | undefined;
  /**
   * Makes the result of the text, for example `JSON.parse`. If it throws, or if there is no text, the attempt
   * has failed.
   *
   * @param text - the last line, or stdout without its last line break
   * @defaultValue the text itself
   */
  readonly parse?: ((text: string) => R) | undefined;
  /**
   * How long the result may be, in bytes: 1 or more. A process that writes more is stopped, and the attempt
   * has failed. Output that is not part of the result has no limit and is not kept.
   *
   * @defaultValue 1_048_576
   */
  readonly maxOutputBytes?: number | undefined;
  /**
   * The file that the process makes, relative to `cwd`. The process writes to another path, `{output}`; the
   * file gets its name when the exit code is 0, and is removed otherwise. Missing folders are made. Every
   * chunk must have a file of its own: `outputs(spec).check()` makes sure of that before anything runs.
   *
   * @defaultValue none
   */
  readonly output?: ((task: ChunkTask<C>) => string) | undefined;
  /**
   * How long the processes have between SIGTERM and SIGKILL, in ms: 0 or more. Keep it below `stopGraceMs` of
   * the job.
   *
   * @defaultValue 5_000
   */
  readonly killAfterMs?: number | undefined;
}

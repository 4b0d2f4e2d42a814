import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { CliIo } from '../cli-io.js';
import { jsonText } from '../output/harmless.js';
import { oneLine } from '../output/one-line.js';
import { describeProgress } from './describe-progress.js';
import type { ProgressRenderer } from './progress-renderer.js';

/** How a process that works is shown. */
export interface WorkProgressOptions {
  /** Whether the snapshots with which a job begins and ends are written to stdout, in place of lines. */
  readonly json?: boolean | undefined;
  /** After how long without a line one is written all the same, in ms. */
  readonly heartbeatMs?: number | undefined;
}

/** A line when a job begins, and one when it ends: lines are only ever added. */
export class WorkProgress {
  readonly #io: CliIo;
  readonly #json: boolean;
  readonly #heartbeatMs: number | undefined;
  #running = 0;
  #done = 0;
  #heart: NodeJS.Timeout | undefined = undefined;

  constructor(io: CliIo, { json = false, heartbeatMs }: WorkProgressOptions) {
    this.#io = io;
    this.#json = json;
    this.#heartbeatMs = heartbeatMs;
  }

  /** Shows one more job. */
  job(jobId: string): ProgressRenderer {
    let latest: JobSnapshot | undefined;
    return {
      show: (snapshot) => {
        if (latest === undefined) {
          this.#running += 1;
          this.#tell(snapshot, 'begins');
        }
        latest = snapshot;
      },
      running: () => undefined,
      notice: (line) => {
        this.notice(`${jobId}: ${line}`);
      },
      // Nobody is there to do it.
      hint: () => undefined,
      output: (bytes) =>
        new Promise((resolve) => {
          (this.#json ? this.#io.stderr : this.#io.stdout).write(bytes, resolve);
        }),
      end: () => {
        if (latest === undefined) return;
        this.#running -= 1;
        this.#done += 1;
        this.#tell(latest, latest.state);
      },
    };
  }

  /** @param line - a word to the user */
  notice(line: string): void {
    this.#io.stderr.write(`${oneLine(line)}\n`);
    this.#beat();
  }

  /** Nothing follows but notices. */
  end(): void {
    clearTimeout(this.#heart);
  }

  #tell(snapshot: JobSnapshot, word: string): void {
    if (this.#json) this.#io.stdout.write(`${jsonText(snapshot)}\n`);
    else this.notice(`${snapshot.id}: ${word} ${describeProgress(snapshot)}`);
  }

  #beat(): void {
    if (this.#heartbeatMs === undefined) return;
    clearTimeout(this.#heart);
    this.#heart = setTimeout(() => {
      this.notice(
        `at work: ${this.#running} ${this.#running === 1 ? 'job' : 'jobs'}, ${this.#done} done before`,
      );
    }, this.#heartbeatMs);
  }
}

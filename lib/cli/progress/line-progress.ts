import type { JobSnapshot } from '../../model/job-snapshot.js';
import { ProgressEstimator } from '../../model/progress/progress-estimator.js';
import type { CliIo } from '../cli-io.js';
import { oneLine } from '../output/one-line.js';
import { describeProgress } from './describe-progress.js';
import type { ProgressRenderer } from './progress-renderer.js';

const everyPercent = 5;
const everyMs = 5_000;

/**
 * Plain lines, for logs and screen readers: the first snapshot, each change of the state, the last snapshot,
 * and in between one for 5 % or 5 s.
 */
export class LineProgress implements ProgressRenderer {
  readonly #io: CliIo;
  readonly #heartbeatMs: number | undefined;
  readonly #estimator = new ProgressEstimator();
  #latest: JobSnapshot | undefined = undefined;
  #shown: { readonly snapshot: JobSnapshot; readonly at: number } | undefined = undefined;
  #heart: NodeJS.Timeout | undefined = undefined;

  /** @param options - `heartbeatMs`: after how long without a line one is written all the same */
  constructor(io: CliIo, { heartbeatMs }: { readonly heartbeatMs?: number | undefined } = {}) {
    this.#io = io;
    this.#heartbeatMs = heartbeatMs;
  }

  show(snapshot: JobSnapshot): void {
    const at = performance.now();
    this.#latest = snapshot;
    this.#estimator.seeSnapshot(snapshot, at);
    const before = this.#shown;
    const isDue =
      before === undefined ||
      before.snapshot.state !== snapshot.state ||
      snapshot.progress >= before.snapshot.progress + everyPercent ||
      at >= before.at + everyMs;
    if (isDue) this.#write(snapshot, at);
  }

  #beat(): void {
    if (this.#heartbeatMs === undefined) return;
    clearTimeout(this.#heart);
    this.#heart = setTimeout(() => {
      this.#write(this.#latest!, performance.now());
    }, this.#heartbeatMs);
  }

  running(count: number): void {
    this.#estimator.seeRunning(count, performance.now());
  }

  notice(line: string): void {
    this.#io.stderr.write(`${oneLine(line)}\n`);
  }

  hint(line: string): void {
    this.notice(line);
  }

  output(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#io.stdout.write(bytes, resolve);
    });
  }

  end(): void {
    clearTimeout(this.#heart);
    const snapshot = this.#latest;
    if (snapshot === undefined || snapshot.revision === this.#shown?.snapshot.revision) return;
    this.#print(snapshot, performance.now());
  }

  #write(snapshot: JobSnapshot, at: number): void {
    this.#print(snapshot, at);
    this.#beat();
  }

  #print(snapshot: JobSnapshot, at: number): void {
    this.#shown = { snapshot, at };
    this.#io.stderr.write(
      `${snapshot.id}: ${snapshot.state} ${describeProgress(snapshot, this.#estimator.progress(at))}\n`,
    );
  }
}

import type { JobSnapshot } from '../../model/job-snapshot.js';
import { ProgressEstimator } from '../../model/progress/progress-estimator.js';
import type { CliIo } from '../cli-io.js';
import { describeProgress, percentOf } from './describe-progress.js';
import type { ProgressRenderer } from './progress-renderer.js';

const everyPercent = 5;
const everyMs = 5_000;

/**
 * Plain lines for logs: the first snapshot, each change of the state, the last snapshot, and in between one
 * for 5 % or 5 s.
 */
export class LineProgress implements ProgressRenderer {
  readonly #io: CliIo;
  readonly #estimator = new ProgressEstimator();
  #latest: JobSnapshot | undefined = undefined;
  #shown: { readonly snapshot: JobSnapshot; readonly at: number } | undefined = undefined;

  constructor(io: CliIo) {
    this.#io = io;
  }

  show(snapshot: JobSnapshot): void {
    const at = performance.now();
    this.#latest = snapshot;
    this.#estimator.seeSnapshot(snapshot, at);
    const before = this.#shown;
    const isDue =
      before === undefined ||
      before.snapshot.state !== snapshot.state ||
      percentOf(snapshot) >= percentOf(before.snapshot) + everyPercent ||
      at >= before.at + everyMs;
    if (isDue) this.#write(snapshot, at);
  }

  running(count: number): void {
    this.#estimator.seeRunning(count, performance.now());
  }

  notice(line: string): void {
    this.#io.stderr.write(`${line}\n`);
  }

  output(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#io.stdout.write(bytes, resolve);
    });
  }

  end(): void {
    const snapshot = this.#latest;
    if (snapshot === undefined || snapshot.revision === this.#shown?.snapshot.revision) return;
    this.#write(snapshot, performance.now());
  }

  #write(snapshot: JobSnapshot, at: number): void {
    this.#shown = { snapshot, at };
    this.#io.stderr.write(
      `${snapshot.id}: ${snapshot.state} ${describeProgress(snapshot, this.#estimator.progress(at))}\n`,
    );
  }
}

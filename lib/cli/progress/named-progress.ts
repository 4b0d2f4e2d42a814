import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { ProgressRenderer } from './progress-renderer.js';

/** One job among others: notices say which one they are about. */
export class NamedProgress implements ProgressRenderer {
  readonly #jobId: string;
  readonly #renderer: ProgressRenderer;

  constructor(jobId: string, renderer: ProgressRenderer) {
    this.#jobId = jobId;
    this.#renderer = renderer;
  }

  show(snapshot: JobSnapshot): void {
    this.#renderer.show(snapshot);
  }

  running(count: number): void {
    this.#renderer.running(count);
  }

  notice(line: string): void {
    this.#renderer.notice(`${this.#jobId}: ${line}`);
  }

  hint(line: string): void {
    this.#renderer.hint(`${this.#jobId}: ${line}`);
  }

  output(bytes: Uint8Array): Promise<void> {
    return this.#renderer.output(bytes);
  }

  end(): void {
    this.#renderer.end();
  }
}

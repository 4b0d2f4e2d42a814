import type { CliIo } from '../cli-io.js';
import { oneLine } from '../output/one-line.js';
import type { ProgressRenderer } from './progress-renderer.js';

/** Shows nothing of a job but notices, and what its merge writes. */
export class NoProgress implements ProgressRenderer {
  readonly #io: CliIo;

  constructor(io: CliIo) {
    this.#io = io;
  }

  show(): void {
    // Nothing is shown.
  }

  running(): void {
    // Nothing is shown.
  }

  notice(line: string): void {
    this.#io.stderr.write(`${oneLine(line)}\n`);
  }

  hint(): void {
    // Who wants to see nothing knows what to do.
  }

  output(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#io.stdout.write(bytes, resolve);
    });
  }

  end(): void {
    // Nothing has been shown.
  }
}

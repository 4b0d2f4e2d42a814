import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { CliIo } from '../cli-io.js';
import { jsonText } from '../output/harmless.js';
import { oneLine } from '../output/one-line.js';
import type { ProgressRenderer } from './progress-renderer.js';

/** Each snapshot as a line of JSON on stdout, and nothing else there. */
export class JsonProgress implements ProgressRenderer {
  readonly #io: CliIo;

  constructor(io: CliIo) {
    this.#io = io;
  }

  show(snapshot: JobSnapshot): void {
    this.#io.stdout.write(`${jsonText(snapshot)}\n`);
  }

  running(): void {
    // Snapshots are all that is shown.
  }

  notice(line: string): void {
    this.#io.stderr.write(`${oneLine(line)}\n`);
  }

  hint(line: string): void {
    this.notice(line);
  }

  output(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#io.stderr.write(bytes, resolve);
    });
  }

  end(): void {
    // Every snapshot has been shown.
  }
}

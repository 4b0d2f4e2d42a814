import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { ChunkTask } from '../../ports/worker-adapter.js';
import { OutputLines } from './output-lines.js';

/** What of stdout is the result: its last line that is not empty, all of it, or nothing. */
export type ProcessResult = 'last-line' | 'stdout' | 'none';

/** How much of a line is reported where the line is not the result. */
const maxReportedBytes = 64 * 1024;
/** How much of stderr goes into an error. */
const tailLines = 10;
const tailCharacters = 2_000;

/**
 * Reads what a process writes: reports its lines, keeps what is the result and the end of stderr, and nothing
 * else.
 */
export class ProcessOutput {
  readonly #result: ProcessResult;
  readonly #maxBytes: number;
  readonly #task: ChunkTask;
  readonly #onTooLong: () => void;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #lastLine: string | undefined = undefined;
  #isLineText = true;
  #tail: string[] = [];
  #isTooLong = false;

  constructor({
    result,
    maxBytes,
    task,
    onTooLong,
  }: {
    readonly result: ProcessResult;
    readonly maxBytes: number;
    readonly task: ChunkTask;
    /** Called once, when the result is longer than `maxBytes`. */
    readonly onTooLong: () => void;
  }) {
    this.#result = result;
    this.#maxBytes = maxBytes;
    this.#task = task;
    this.#onTooLong = onTooLong;
  }

  /** Whether the result was longer than it may be. */
  get isTooLong(): boolean {
    return this.#isTooLong;
  }

  /** The last lines of stderr. */
  get tail(): string {
    return this.#tail.join('\n').slice(-tailCharacters);
  }

  /** What was written that is the result, or `undefined`. */
  get text(): string | undefined {
    if (this.#result === 'stdout')
      return Buffer.concat(this.#kept)
        .toString('utf8')
        .replace(/\r?\n$/, '');
    return this.#lastLine;
  }

  /** Whether the bytes of the result are UTF-8, so that the text is what was written. */
  get isText(): boolean {
    return this.#result === 'stdout' ? isUtf8(Buffer.concat(this.#kept)) : this.#isLineText;
  }

  readStdout(stdout: Readable): void {
    const keepsLine = this.#result === 'last-line';
    const lines = new OutputLines(
      keepsLine ? this.#maxBytes : maxReportedBytes,
      (line, isText) => {
        if (keepsLine && line !== '') {
          this.#lastLine = line;
          this.#isLineText = isText;
        }
        this.#task.report({ message: line, stream: 'stdout' });
      },
      keepsLine ? this.#tooLong : undefined,
    );
    stdout.on('data', (bytes: Buffer) => {
      if (this.#result === 'stdout') this.#keep(bytes);
      lines.write(bytes);
    });
    stdout.once('end', () => {
      lines.end();
    });
  }

  readStderr(stderr: Readable): void {
    const lines = new OutputLines(maxReportedBytes, (line) => {
      this.#tail.push(line.slice(-tailCharacters));
      if (this.#tail.length > tailLines) this.#tail.shift();
      this.#task.report({ message: line, stream: 'stderr' });
    });
    stderr.on('data', (bytes: Buffer) => {
      lines.write(bytes);
    });
    stderr.once('end', () => {
      lines.end();
    });
  }

  #keep(bytes: Buffer): void {
    if (this.#isTooLong) return;
    this.#keptBytes += bytes.length;
    if (this.#keptBytes <= this.#maxBytes) {
      this.#kept.push(bytes);
      return;
    }
    this.#kept = [];
    this.#tooLong();
  }

  readonly #tooLong = (): void => {
    if (this.#isTooLong) return;
    this.#isTooLong = true;
    this.#onTooLong();
  };
}

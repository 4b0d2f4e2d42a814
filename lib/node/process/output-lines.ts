import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts what a process writes into lines, at `\n`, `\r\n` or `\r` (which progress meters use), and holds no
 * more than one line. What a line has beyond `maxBytes` is dropped, and `onTooLong` is told.
 */
export class OutputLines {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  readonly #onTooLong: () => void;
  readonly #maxBytes: number;
  #pieces: string[] = [];
  #bytes = 0;
  #afterReturn = false;

  constructor(maxBytes: number, onLine: (line: string) => void, onTooLong: () => void = () => undefined) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  write(bytes: Buffer): void {
    let text = this.#decoder.write(bytes);
    if (text === '') return;
    // A \r\n that was cut in two is one end of a line.
    if (this.#afterReturn && text.startsWith('\n')) text = text.slice(1);
    this.#afterReturn = text.endsWith('\r');
    let start = 0;
    for (const { 0: ending, index } of text.matchAll(/\r\n|\n|\r/g)) {
      this.#add(text.slice(start, index));
      this.#flush();
      start = index + ending.length;
    }
    this.#add(text.slice(start));
  }

  /** The last line, if it has no end. */
  end(): void {
    this.#add(this.#decoder.end());
    if (this.#pieces.length > 0) this.#flush();
  }

  #add(piece: string): void {
    if (piece === '') return;
    if (this.#bytes > this.#maxBytes) return;
    this.#bytes += Buffer.byteLength(piece);
    if (this.#bytes <= this.#maxBytes) {
      this.#pieces.push(piece);
      return;
    }
    this.#onTooLong();
  }

  #flush(): void {
    const line = this.#pieces.join('');
    this.#pieces = [];
    this.#bytes = 0;
    this.#onLine(line);
  }
}

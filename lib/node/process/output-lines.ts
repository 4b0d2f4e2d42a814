import { isUtf8 } from 'node:buffer';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Called with each line; `isText` is false where its bytes are not UTF-8, and the line only resembles them.
 */
export type LineListener = (line: string, isText: boolean) => void;

/**
 * Cuts what a process writes into lines, at `\n`, `\r\n` or `\r` (which progress meters use), and holds no
 * more than one line. Bytes of a line beyond `maxBytes` are dropped, and `onTooLong` is called.
 */
export class OutputLines {
  readonly #onLine: LineListener;
  readonly #onTooLong: () => void;
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #afterReturn = false;

  constructor(maxBytes: number, onLine: LineListener, onTooLong: () => void = () => undefined) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    // A \r\n that was cut in two is one end of a line.
    let start = this.#afterReturn && bytes[0] === lineFeed ? 1 : 0;
    this.#afterReturn = bytes.at(-1) === carriageReturn;
    let feed = bytes.indexOf(lineFeed, start);
    let carriage = bytes.indexOf(carriageReturn, start);
    while (feed !== -1 || carriage !== -1) {
      const isFeed = carriage === -1 || (feed !== -1 && feed < carriage);
      const end = isFeed ? feed : carriage;
      this.#add(bytes.subarray(start, end));
      this.#flush();
      start = end + (!isFeed && feed === carriage + 1 ? 2 : 1);
      if (feed !== -1 && feed < start) feed = bytes.indexOf(lineFeed, start);
      if (carriage !== -1 && carriage < start) carriage = bytes.indexOf(carriageReturn, start);
    }
    this.#add(bytes.subarray(start));
  }

  /** The last line, if it has no end. */
  end(): void {
    if (this.#pieces.length > 0) this.#flush();
  }

  #add(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.#bytes > this.#maxBytes) return;
    this.#bytes += piece.length;
    if (this.#bytes <= this.#maxBytes) {
      this.#pieces.push(piece);
      return;
    }
    this.#onTooLong();
  }

  #flush(): void {
    const line = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    this.#onLine(line.toString('utf8'), isUtf8(line));
  }
}

import type { OpenFile } from '../disk/file-system.js';
import { readAll } from '../disk/read-all.js';

const windowBytes = 1 << 18;

/**
 * Reads lines of known places that come nearly in order, through one window that moves on. A line far from
 * the window is read by itself; the window moves when the next one is wanted from there too.
 */
export class LineWindow {
  #buffer = Buffer.allocUnsafe(windowBytes);
  #file: OpenFile | undefined = undefined;
  #start = 0;
  #end = 0;
  /** Where the last line that was outside was read, and from what. */
  #strayFile: OpenFile | undefined = undefined;
  #strayAt = 0;

  /** The bytes are good until the next call. */
  async read(file: OpenFile, at: number, length: number): Promise<Uint8Array> {
    if (file === this.#file && at >= this.#start && at + length <= this.#end) return this.#view(at, length);
    const onward =
      file === this.#file ? at >= this.#start && at < this.#end + windowBytes : this.#file === undefined;
    const followsStray = file === this.#strayFile && Math.abs(at - this.#strayAt) < windowBytes;
    this.#strayFile = file;
    this.#strayAt = at;
    // A line is no more than half the window that is read for it: the other half is for those that come a
    // little out of order.
    if ((onward || followsStray) && length <= windowBytes / 2) {
      await this.#move(file, Math.max(0, at - windowBytes / 4));
      if (at + length <= this.#end) return this.#view(at, length);
    }
    const line = Buffer.allocUnsafe(length);
    return line.subarray(0, await readAll(file, line, at));
  }

  async #move(file: OpenFile, start: number): Promise<void> {
    this.#file = undefined;
    this.#end = start + (await readAll(file, this.#buffer, start));
    this.#start = start;
    this.#file = file;
  }

  #view(at: number, length: number): Uint8Array {
    return this.#buffer.subarray(at - this.#start, at - this.#start + length);
  }
}

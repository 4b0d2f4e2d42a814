import pc from 'picocolors';
import { harmless } from './harmless.js';
import type { TextSink, Tone, Toned } from './text-sink.js';

/** A stream of the process: the edge at which everything that is printed is made harmless. */
export class HarmlessSink implements TextSink {
  readonly #stream: NodeJS.WritableStream;
  readonly #inks: { readonly [tone in Tone]: (text: string) => string };

  constructor(stream: NodeJS.WritableStream, hasColors: boolean) {
    const { green, red, dim, bold } = pc.createColors(hasColors);
    this.#stream = stream;
    this.#inks = { good: green, bad: red, faint: dim, strong: bold };
  }

  get isClosed(): boolean {
    return !this.#stream.writable;
  }

  write(text: string | Uint8Array, written?: () => void): void {
    this.#stream.write(typeof text === 'string' ? harmless(text) : text, written);
  }

  print(...parts: readonly (string | Toned)[]): void {
    this.#stream.write(
      parts
        .map((part) =>
          typeof part === 'string' ? harmless(part) : this.#inks[part.tone](harmless(part.text)),
        )
        .join(''),
    );
  }
}

/**
 * Whether a stream is to have colours: as `NO_COLOR` and `FORCE_COLOR` say, else on a terminal that has them.
 */
export function hasColors(
  { isTTY = false }: { readonly isTTY?: boolean },
  env: { readonly [name: string]: string | undefined },
): boolean {
  const { NO_COLOR: refused = '', FORCE_COLOR: forced, TERM: terminal } = env;
  if (refused !== '') return false;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTTY && terminal !== 'dumb';
}

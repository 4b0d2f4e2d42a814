import { harmless } from './harmless.js';

/** Text that was written by others, as one line that does nothing to a terminal. */
export function oneLine(text: string): string {
  return harmless(text)
    .trim()
    .replace(/\s*\n\s*/g, ' ⏎ ')
    .replaceAll('\t', ' ');
}

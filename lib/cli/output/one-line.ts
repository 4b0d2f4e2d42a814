import { stripVTControlCharacters } from 'node:util';

/** Text that was written by others, as one line that does nothing to a terminal. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s*[\r\n]+\s*/g, ' ⏎ ')
    .replace(/\p{Cc}/gu, ' ')
    .trim();
}

import { stripVTControlCharacters } from 'node:util';

/**
 * What does something to a terminal, or to the order in which text is read: C0 but tab and line feed, DEL,
 * C1, and the marks of bidirectional text.
 */

const active = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text that a terminal shows and does not obey: whole escape sequences go, so that coloured output of a
 * program reads as it should; what else is active is named (`\u202e`). Lines stay lines.
 */
export function harmless(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\r\n', '\n').replace(active, escaped);
}

/** JSON that is harmless on a terminal as well: JSON leaves more than C0 as it is. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(active, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

import type { ChunkEvent } from '../../lib/model/job-event.js';

const letters: { readonly [type in ChunkEvent['type']]: string } = {
  'chunk-completed': '0123456789',
  'chunk-retrying': 'abcdefghij',
  'chunk-failed': 'ABCDEFGHIJ',
  'attempt-abandoned': 'uvwxyz',
};

/** An event as one character, for marbles: the type says which alphabet, the index which letter of it. */
export function chunkLetter(event: ChunkEvent): string {
  return letters[event.type][event.index] ?? '?';
}

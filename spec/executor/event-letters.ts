import type { JobEvent } from '../../lib/model/job-event.js';

const letters: { readonly [type in JobEvent['type']]: string } = {
  'job-started': 's',
  'job-recovered': 'o',
  'job-pausing': 'p',
  'job-paused': 'P',
  'job-resumed': 'R',
  'job-redriven': 'n',
  'job-merging': 'm',
  'job-cancelling': 'c',
  'job-cancelled': 'C',
  'job-failing': 'f',
  'job-failed': 'F',
  'job-completed': 'D',
  'chunk-completed': '',
  'chunk-retrying': 'r',
  'chunk-failed': 'x',
  'attempt-abandoned': 'a',
};

/** An event as one character, for marbles: the index of a chunk that completed, else the letter of its type. */
export function eventLetter(event: JobEvent): string {
  return event.type === 'chunk-completed' ? String(event.index) : letters[event.type];
}

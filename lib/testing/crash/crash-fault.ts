/**
 * What goes wrong at one write: what becomes of its caller, and how much of the write is stored by then.
 *
 * - `fail`: the write is answered with an error, this once.
 * - `hang`: the write is never answered; whatever else is asked is.
 * - `stall`: from there on nothing is answered until the process wakes up, much later, and goes on as if
 *   nothing had happened.
 * - `die`: from there on nothing is answered, and nothing more is stored.
 *
 * `before` anything of the write is stored, `within` it (whole commits of a batch, bytes of a file), or
 * `after` all of it.
 */
export type CrashFault = `${'fail' | 'hang' | 'stall' | 'die'}-${'before' | 'within' | 'after'}`;

/** Every fault there is. */
export const crashFaults: readonly CrashFault[] = [
  'fail-before',
  'fail-within',
  'fail-after',
  'hang-before',
  'hang-within',
  'hang-after',
  'stall-before',
  'stall-within',
  'stall-after',
  'die-before',
  'die-within',
  'die-after',
];

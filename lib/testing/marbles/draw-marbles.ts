import { deepEqual } from '../contracts/deep-equal.js';
import type { SubscriptionFrames } from './subscription-frames.js';

/** What TestScheduler records of a stream. */
export interface RecordedNotification {
  readonly frame: number;
  readonly notification: {
    readonly kind: 'N' | 'E' | 'C';
    readonly value?: unknown;
    readonly error?: unknown;
  };
}

/** A diagram as it is written in a spec. */
export interface DrawnMarbles {
  readonly diagram: string;
  /** What the letters stand for that do not stand for themselves. */
  readonly values: ReadonlyMap<string, unknown>;
  /** The first frame that has no place, since a group before it takes as many frames as it has characters. */
  readonly hiddenFrame: number | undefined;
}

/** A gap is drawn as a time, and not by dashes, from here on. */
const longGap = 20;
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * Draws what was recorded.
 *
 * @param given - the letters of the diagram that was expected: what is like one of its values gets its letter
 */
export function drawMarbles(
  recorded: readonly RecordedNotification[],
  given: { readonly [letter: string]: unknown } = {},
): DrawnMarbles {
  const letters = new Letters(given);
  const frames = new Map<number, string>();
  for (const { frame, notification } of recorded) {
    const { kind, value } = notification;
    const symbol = kind === 'N' ? letters.of(value) : kind === 'E' ? '#' : '|';
    frames.set(frame, (frames.get(frame) ?? '') + symbol);
  }
  let diagram = '';
  let next = 0;
  let hiddenFrame: number | undefined;
  for (const [frame, symbols] of frames) {
    if (frame < next) hiddenFrame ??= frame;
    const drawn = symbols.length === 1 ? symbols : `(${symbols})`;
    diagram += gap(frame - next) + drawn;
    next = Math.max(next, frame) + drawn.length;
  }
  return { diagram: diagram === '' ? '-' : diagram, values: letters.values, hiddenFrame };
}

/** Draws when something was subscribed to and left. */
export function drawSubscription({ subscribedFrame, unsubscribedFrame }: SubscriptionFrames): string {
  if (subscribedFrame === Infinity) return '-';
  const before = gap(subscribedFrame);
  if (unsubscribedFrame === Infinity) return `${before}^`;
  if (unsubscribedFrame === subscribedFrame) return `${before}(^!)`;
  return `${before}^${gap(unsubscribedFrame - subscribedFrame - 1)}!`;
}

function gap(frames: number): string {
  return frames < longGap ? '-'.repeat(Math.max(0, frames)) : ` ${frames}ms `;
}

/** Gives each value a letter: the one that it has, itself if it is one, or the first that is free. */
class Letters {
  readonly values: Map<string, unknown> = new Map<string, unknown>();
  readonly #given: readonly (readonly [string, unknown])[];

  constructor(given: { readonly [letter: string]: unknown }) {
    this.#given = Object.entries(given);
  }

  of(value: unknown): string {
    for (const [letter, known] of [...this.#given, ...this.values])
      if (deepEqual(value, known)) return this.#use(letter, value);
    if (typeof value === 'string' && /^[a-z\d]$/i.test(value) && !this.#isTaken(value)) return value;
    return this.#use(Array.from(alphabet).find((letter) => !this.#isTaken(letter)) ?? '?', value);
  }

  #isTaken(letter: string): boolean {
    return this.values.has(letter) || this.#given.some(([other]) => other === letter);
  }

  #use(letter: string, value: unknown): string {
    if (value !== letter) this.values.set(letter, value);
    return letter;
  }
}

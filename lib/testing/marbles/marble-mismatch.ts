import { deepEqual } from '../contracts/deep-equal.js';
import type { RecordedNotification } from './draw-marbles.js';
import { drawMarbles, drawSubscription } from './draw-marbles.js';
import type { SubscriptionFrames } from './subscription-frames.js';

/**
 * What TestScheduler records: a notification, or a subscription. Whatever else is compared is shown as it is.
 */
interface Row {
  readonly frame: string;
  readonly text: string;
  readonly value: unknown;
}

/**
 * Why `actual` is not `expected`, as a table of frames, and as the diagram that would be; `undefined` when
 * they are equal.
 *
 * @param lettersOf - gives what the letters of the expected diagram stand for
 */
export function marbleMismatch(
  actual: unknown,
  expected: unknown,
  lettersOf: () => { readonly [letter: string]: unknown } | undefined,
): string | undefined {
  if (deepEqual(actual, expected)) return undefined;
  const received = rows(actual);
  const wanted = rows(expected);
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  // Rows of one frame stand beside each other; a frame that only one side has leaves a gap on the other.
  while (i < received.length || j < wanted.length) {
    const one = received[i];
    const other = wanted[j];
    const takesReceived =
      one !== undefined && (other === undefined || compareFrames(one.frame, other.frame) <= 0);
    const takesWanted =
      other !== undefined && (one === undefined || compareFrames(other.frame, one.frame) <= 0);
    const same = takesReceived && takesWanted && deepEqual(one.value, other.value);
    const frame = takesReceived ? one.frame : (other?.frame ?? '');
    lines.push(`${same ? ' ' : '✗'} ${frame.padStart(6)}  expected ${takesWanted ? other.text : 'nothing'}`);
    if (!same) lines.push(`${' '.repeat(8)}  received ${takesReceived ? one.text : 'nothing'}`);
    if (takesReceived) i++;
    if (takesWanted) j++;
  }
  return `Cannot match the marbles: what happens must be as drawn, received other frames\n   frame\n${lines.join('\n')}${receivedDiagram(actual, lettersOf)}`;
}

/** What was received, ready to be pasted into the spec; empty where it is no recording. */
function receivedDiagram(
  actual: unknown,
  lettersOf: () => { readonly [letter: string]: unknown } | undefined,
): string {
  if (!Array.isArray(actual)) return '';
  if (actual.length > 0 && actual.every(isSubscription)) {
    const drawn = actual.map((frames) => `'${drawSubscription(frames)}'`);
    return `\nreceived, as marbles: ${drawn.length === 1 ? drawn.join('') : `[${drawn.join(', ')}]`}`;
  }
  if (!actual.every(isNotification)) return '';
  const { diagram, values, hiddenFrame } = drawMarbles(actual, lettersOf());
  const legend = [...values].map(([letter, value]) => `${letter}: ${show(value)}`).join(', ');
  const lines = [`received, as marbles: '${diagram}'${legend === '' ? '' : `, { ${legend} }`}`];
  if (hiddenFrame !== undefined)
    lines.push(
      `which no diagram can show from frame ${hiddenFrame} on: a group takes as many frames as it has characters`,
    );
  return `\n${lines.join('\n')}`;
}

function isNotification(entry: unknown): entry is RecordedNotification {
  return Object.hasOwn(Object(entry) as object, 'notification');
}

function isSubscription(entry: unknown): entry is SubscriptionFrames {
  return Object(entry) instanceof Object && 'subscribedFrame' in (Object(entry) as object);
}

function rows(recorded: unknown): Row[] {
  return (Array.isArray(recorded) ? recorded : [recorded]).map((entry: unknown) => toRow(entry));
}

function toRow(entry: unknown): Row {
  const { frame, notification, subscribedFrame, unsubscribedFrame } = Object(entry) as {
    readonly frame?: number;
    readonly notification?: {
      readonly kind: 'N' | 'E' | 'C';
      readonly value?: unknown;
      readonly error?: unknown;
    };
    readonly subscribedFrame?: number;
    readonly unsubscribedFrame?: number;
  };
  if (frame !== undefined && notification !== undefined)
    return { frame: String(frame), text: notificationText(notification), value: entry };
  if (subscribedFrame !== undefined) {
    const left = unsubscribedFrame === Infinity ? 'never left' : `left at ${String(unsubscribedFrame)}`;
    return { frame: String(subscribedFrame), text: `subscribed, ${left}`, value: entry };
  }
  return { frame: '', text: show(entry), value: entry };
}

function notificationText({
  kind,
  value,
  error,
}: {
  readonly kind: 'N' | 'E' | 'C';
  readonly value?: unknown;
  readonly error?: unknown;
}): string {
  if (kind === 'N') return `next ${show(value)}`;
  return kind === 'E' ? `error ${show(error)}` : 'complete';
}

function show(value: unknown): string {
  if (value instanceof Error) {
    const cause = value.cause === undefined ? '' : `, caused by ${show(value.cause)}`;
    return `${value.name}: ${value.message}${cause}`;
  }
  const parents: unknown[] = [];
  try {
    const json = JSON.stringify(value, function (this: unknown, _key, child: unknown) {
      while (parents.length > 0 && parents.at(-1) !== this) parents.pop();
      if (parents.includes(child)) return '(itself)';
      if (typeof child === 'object' && child !== null) parents.push(child);
      return typeof child === 'bigint' || typeof child === 'function' || child === undefined
        ? String(child)
        : child;
    });
    return json ?? String(value);
  } catch {
    return String(value);
  }
}

function compareFrames(one: string, other: string): number {
  return Number(one) - Number(other);
}

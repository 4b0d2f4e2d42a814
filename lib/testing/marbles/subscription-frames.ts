import { asyncScheduler, Observable } from 'rxjs';

/** When something was subscribed to and left, in frames: what `expectSubscriptions` takes. */
export interface SubscriptionFrames {
  /** The frame of the subscription. */
  subscribedFrame: number;
  /** The frame in which it ended or was left; `Infinity` until then. */
  unsubscribedFrame: number;
}

/** `source`, with every subscription to it written into each of `logs`. */
export function logSubscriptions<T>(
  source: Observable<T>,
  ...logs: readonly SubscriptionFrames[][]
): Observable<T> {
  return new Observable((subscriber) => {
    const frames: SubscriptionFrames = { subscribedFrame: asyncScheduler.now(), unsubscribedFrame: Infinity };
    for (const log of logs) log.push(frames);
    subscriber.add(() => {
      frames.unsubscribedFrame = asyncScheduler.now();
    });
    source.subscribe(subscriber);
  });
}

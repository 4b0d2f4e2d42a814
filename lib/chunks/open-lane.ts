import type { Subscriber } from 'rxjs';
import type { ChunkEvent } from '../model/job-event.js';
import type { Attempt } from './attempt/attempt.js';
import type { AttemptHost } from './attempt/attempt-host.js';

/** A lane, as its run sees it. */
export interface OpenLane<C, R> extends AttemptHost<Attempt<C, R>, R> {
  readonly out: Subscriber<ChunkEvent<R>>;
  /** The attempt that runs in it. */
  attempt: Attempt<C, R> | undefined;
}

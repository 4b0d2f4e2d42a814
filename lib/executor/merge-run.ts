import { from } from 'rxjs';
import type { StopCause } from '../chunks/attempt/attempt.js';
import { Attempt } from '../chunks/attempt/attempt.js';
import type { AttemptHost } from '../chunks/attempt/attempt-host.js';
import { PromiseFollower } from '../chunks/attempt/promise-follower.js';
import type { LaneSettings } from '../chunks/lane-settings.js';
import { takeValue } from '../model/spec/take-value.js';
import type { MergeFunction } from './merge-function.js';

/**
 * The merge of a job, or its clean-up: an attempt like any other, but for having no chunk and no time-outs.
 */
export class MergeRun implements AttemptHost<Attempt<undefined, unknown>, unknown> {
  readonly follower: PromiseFollower<unknown>;
  readonly #attempt: Attempt<undefined, unknown>;
  readonly #onSettled: (ended: Attempt<undefined, unknown>) => void;

  /** @param onSettled - called when nothing of the merge runs any more */
  constructor(
    merge: MergeFunction,
    lanes: LaneSettings<unknown, unknown>,
    onSettled: (ended: Attempt<undefined, unknown>) => void,
  ) {
    const worker = { execute: (task: Parameters<MergeFunction>[0]) => from(merge(task)) };
    const settings = {
      ...lanes,
      worker,
      attemptTimeoutMs: undefined,
      stallTimeoutMs: undefined,
      // Where results are stored, so is the value.
      takeResult: lanes.takeResult && takeValue,
    };
    this.#attempt = new Attempt<undefined, unknown>(-1, undefined, 1, settings, this);
    this.follower = new PromiseFollower();
    this.#onSettled = onSettled;
  }

  start(): void {
    this.#attempt.start();
  }

  stop(stoppedBy: StopCause, reason?: unknown): void {
    this.#attempt.stop(stoppedBy, reason);
  }

  settled(ended: Attempt<undefined, unknown>): void {
    this.#onSettled(ended);
  }
}

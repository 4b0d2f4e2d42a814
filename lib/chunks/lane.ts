import type { Subscriber } from 'rxjs';
import { Observable } from 'rxjs';
import type { ChunkEvent } from '../model/job-event.js';
import type { Attempt } from './attempt/attempt.js';
import { attemptAbandoned, chunkCompleted } from './attempt/attempt-events.js';
import { PromiseFollower } from './attempt/promise-follower.js';
import type { ChunkRun } from './chunk-run.js';
import type { OpenLane } from './open-lane.js';

/** A lane as a stream: the events of the first attempts that run in it, until the run is over. */
export function lane<C, R>(run: ChunkRun<C, R>): Observable<ChunkEvent<R>> {
  return new Observable((out) => {
    const opened = new Lane(run, out);
    out.add(() => {
      opened.attempt?.stop('leaving');
    });
    run.opened(opened);
  });
}

/** Runs first attempts, one after another. A chunk that fails goes on in a stream of its own. */
class Lane<C, R> implements OpenLane<C, R> {
  readonly out: Subscriber<ChunkEvent<R>>;
  attempt: Attempt<C, R> | undefined = undefined;
  /** Shared by the attempts of the lane. An abandoned attempt keeps it, and the lane makes a new one. */
  follower: PromiseFollower<R>;
  readonly #run: ChunkRun<C, R>;

  constructor(run: ChunkRun<C, R>, out: Subscriber<ChunkEvent<R>>) {
    this.#run = run;
    this.out = out;
    this.follower = new PromiseFollower();
  }

  settled(ended: Attempt<C, R>): void {
    this.#run.loop.send(this, ended);
  }

  receive(ended: Attempt<C, R>): void {
    const { out } = this;
    this.attempt = undefined;
    if (ended.isAbandoned) this.follower = new PromiseFollower();
    this.#run.attemptEnded(ended, this);
    if (ended.isAbandoned) out.next(attemptAbandoned(ended));
    if (ended.fate === 'completed') out.next(chunkCompleted(ended));
    else this.#run.goOn(ended);
  }
}

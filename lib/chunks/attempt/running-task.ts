import type { Observable, ObservableInput } from 'rxjs';
import { from } from 'rxjs';
import type { JsonObject } from '../../model/spec/json.js';
import type { ChunkTask, ChunkUpdate } from '../../ports/worker-adapter.js';
import type { JobIdentity } from './attempt-settings.js';

/** The attempt behind a task. */
export interface TaskOrigin<C> {
  readonly index: number;
  readonly chunk: C;
  readonly attempt: number;
  readonly settings: JobIdentity;
  readonly signal: AbortSignal;
  report(update: ChunkUpdate): void;
  waitFor(input$: Observable<unknown>): void;
}

/**
 * What a worker gets: facts, and two calls. It does not lead to the engine. All members but `signal` are its
 * own and survive a spread. An own `signal` would cost more than all the rest of the task.
 */
export class RunningTask<C> implements ChunkTask<C> {
  readonly jobId: string;
  readonly run: number;
  readonly index: number;
  readonly chunk: C;
  readonly attempt: number;
  readonly totalChunks: number;
  readonly metadata: JsonObject;
  readonly chunkKey: string;
  readonly key: string;
  readonly report: (update: ChunkUpdate) => void;
  readonly waitUntil: (input: ObservableInput<unknown>) => void;
  readonly #attempt: TaskOrigin<C>;

  constructor(running: TaskOrigin<C>) {
    const { index, chunk, attempt, settings } = running;
    this.jobId = settings.jobId;
    this.run = settings.run;
    this.index = index;
    this.chunk = chunk;
    this.attempt = attempt;
    this.totalChunks = settings.totalChunks;
    this.metadata = settings.metadata;
    // Nearly all attempts are first ones: theirs costs one number less to write.
    this.chunkKey = settings.keys.keyOf(index);
    this.key = this.chunkKey + (attempt === 1 ? '~1' : `~${attempt}`);
    this.report = (update) => {
      running.report(update);
    };
    this.waitUntil = (input) => {
      running.waitFor(from(input));
    };
    this.#attempt = running;
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }
}

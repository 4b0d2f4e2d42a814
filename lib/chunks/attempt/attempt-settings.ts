import type { JsonObject } from '../../model/spec/json.js';
import type { ChunkReport, WorkerAdapter } from '../../ports/worker-adapter.js';
import type { ChunkKeys } from './chunk-keys.js';

/** What all attempts of a run have in common. */
export interface AttemptSettings<C, R> extends JobIdentity {
  readonly worker: WorkerAdapter<C, R>;
  readonly attemptTimeoutMs: number | undefined;
  readonly stallTimeoutMs: number | undefined;
  /** `undefined` waits for ever. */
  readonly stopGraceMs: number | undefined;
  readonly onReport: ((report: ChunkReport) => void) | undefined;
  /**
   * Takes a result as it is handed over.
   *
   * @throws for a result that cannot be kept. The attempt then fails with that error
   */
  readonly takeResult: ((result: unknown) => unknown) | undefined;
}

/** What a task says of its job. */
export interface JobIdentity {
  /** Empty without a job. */
  readonly jobId: string;
  /** 1-based. */
  readonly run: number;
  /** 0 where it is not known. */
  readonly totalChunks: number;
  readonly metadata: JsonObject;
  readonly keys: Pick<ChunkKeys, 'keyOf'>;
}

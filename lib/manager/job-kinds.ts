import type { Observable, ObservableInput, ObservedValueOf } from 'rxjs';
import type { JobHandle } from '../ports/job-handle.js';
import type { ChunkTask } from '../ports/worker-adapter.js';
import type { AnyJobKind, JobKind } from './job-kind.js';
import type { RunJobOptions } from './run-job-options.js';

/**
 * The kinds of a manager by their names.
 *
 * @remarks
 * A manager knows the kinds that it is made with, and so do its types: a kind that is not there, a chunk that
 * its worker does not take and a result that it does not give do not compile. `JobManager` without a type
 * argument is a manager of any kinds.
 */
export type JobKinds = Readonly<Record<string, AnyJobKind>>;

/**
 * The names of some kinds.
 *
 * @typeParam K - the kinds
 */
export type KindName<K extends JobKinds> = keyof K & string;

/**
 * What a kind takes as its chunks: what its worker takes.
 *
 * @typeParam K - the kind
 */
export type KindChunk<K extends AnyJobKind> = ChunkOfWorker<K['worker']>;

/**
 * What a kind gives as the result of a chunk: what its worker returns, or what the Observable or the Promise
 * that it returns gives. `unknown` where that is `any`.
 *
 * @typeParam K - the kind
 */
export type KindResult<K extends AnyJobKind> = KnownOrUnknown<ResultOfWorker<K['worker']>>;

/**
 * What the merge of a kind gives: the value of its jobs. `unknown` where it has no merge, or that is `any`.
 *
 * @typeParam K - the kind
 */
export type KindValue<K extends AnyJobKind> = K extends {
  /** Makes the value of its outcomes. */
  readonly merge: (task: never) => infer O extends ObservableInput<unknown>;
}
  ? KnownOrUnknown<ObservedValueOf<O>>
  : unknown;

/**
 * The handle of a job of a kind.
 *
 * @typeParam K - the kind
 */
export type KindHandle<K extends AnyJobKind> = JobHandle<KindResult<K>, KindValue<K>>;

/**
 * How a job of a kind may differ from it.
 *
 * @typeParam K - the kind
 */
export type KindOptions<K extends AnyJobKind> = RunJobOptions<KindChunk<K>, KindResult<K>, KindValue<K>>;

/**
 * Kinds that have no options but those of a {@link JobKind}. What is inferred from an object would take any.
 *
 * @typeParam K - the kinds
 */
export type CheckedKinds<K extends JobKinds> = {
  readonly [name in keyof K]: JobKind<KindChunk<K[name]>, ResultOfWorker<K[name]['worker']>> & {
    readonly [other in Exclude<keyof K[name], keyof AnyJobKind>]: never;
  };
};

type ChunkOfWorker<W> = W extends { execute(task: ChunkTask<infer C>): unknown }
  ? C
  : W extends (task: ChunkTask<infer C>) => unknown
    ? C
    : never;

type ResultOfWorker<W> = W extends { execute(task: never): infer T }
  ? Emitted<T>
  : W extends (task: never) => infer T
    ? Emitted<T>
    : never;

type Emitted<T> = T extends Observable<infer R> ? R : T extends PromiseLike<infer R> ? R : T;

/** `any` would let results be taken for whatever one likes. */
type KnownOrUnknown<R> = 0 extends 1 & R ? unknown : R;

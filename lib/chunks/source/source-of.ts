import type { ObservableInput } from 'rxjs';
import { isObservable } from 'rxjs';
import { isChunkRange } from '../../model/spec/chunk-range.js';
import type { Chunks } from '../../model/spec/job-spec.js';
import { AsyncIterableSource } from './async-iterable-source.js';
import type { ChunkSource } from './chunk-source.js';
import { IndexedSource } from './indexed-source.js';
import { IterableSource } from './iterable-source.js';
import { PushedSource } from './pushed-source.js';

/** The source that fits the input: pulled where that is possible, buffered where values are pushed. */
export function sourceOf<C>(input: ObservableInput<C>): ChunkSource<C> {
  if (Array.isArray(input) || isChunkRange(Object(input) as object))
    return new IndexedSource<C>(input as Chunks<C>);
  if (isObservable(input)) return new PushedSource(input);
  // A string is iterable, and no object.
  if (Symbol.asyncIterator in Object(input)) return new AsyncIterableSource(input as AsyncIterable<C>);
  if (Symbol.iterator in Object(input)) return new IterableSource(input as Iterable<C>);
  return new PushedSource(input);
}

import { InvalidSpecError } from '../../errors/invalid-spec-error.js';
import { randomId } from '../random-id.js';
import type { ChunkRange } from './chunk-range.js';
import { range, rangeChunkAt } from './chunk-range.js';
import type { JsonObject } from './json.js';
import { takeJson } from './json.js';

/** The chunks of a job: the values themselves, or a {@link ChunkRange} that makes them lazily. */
export type Chunks<C> = readonly C[] | (ChunkRange & Iterable<C>);

/**
 * What a job is to do, as JSON-safe data: all that a restarted process needs, together with the code of its
 * `kind`.
 *
 * @typeParam C - a chunk; its identity is its 0-based index in `chunks`, so equal chunks are different work
 */
export interface JobSpec<C = unknown> {
  /**
   * Names the job: 1 to 128 letters, digits, `.`, `_` or `-`, beginning with a letter or a digit.
   *
   * @defaultValue 32 random hexadecimal digits, made anew at each submission
   */
  readonly id?: string | undefined;
  /** Names the code and the options that run the job. */
  readonly kind: string;
  /** The chunks; a job without any completes, and merges nothing. */
  readonly chunks: Chunks<C>;
  /**
   * Whatever else is to be stored with the job and shown in its snapshots: a JSON-safe object of any type.
   */
  readonly metadata?: object | undefined;
  /**
   * Of the jobs that wait for an owner, those of higher priority are claimed first: an integer, also a
   * negative one.
   *
   * @defaultValue 0
   */
  readonly priority?: number | undefined;
}

/** A {@link JobSpec} that was checked and has its id: what is stored. */
export interface StoredSpec<C = unknown> extends JobSpec<C> {
  readonly id: string;
  readonly metadata: JsonObject;
  /** Absent where it is 0. */
  readonly priority?: number;
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Refuses an id that is not a portable file name of at most 128 characters.
 *
 * @throws InvalidSpecError
 */
export function assertJobId(id: unknown): asserts id is string {
  if (typeof id === 'string' && idPattern.test(id)) return;
  throw new InvalidSpecError({
    path: 'id',
    problem: `must be 1 to 128 letters, digits, '.', '_' or '-', beginning with a letter or a digit, received ${shown(id)}`,
  });
}

/**
 * Checks a spec and completes it: an id where there is none, ranges that can be iterated, metadata.
 *
 * @throws InvalidSpecError naming the place and what was expected
 * @throws NotSerializableError if a chunk or the metadata would not survive JSON
 */
export function completeSpec<C>(spec: JobSpec<C>): StoredSpec<C> {
  if (completed.has(spec)) return spec as StoredSpec<C>;
  if (!isObject(spec))
    throw new InvalidSpecError({ path: 'spec', problem: `must be an object, received ${shown(spec)}` });
  const { id = randomId(), kind, metadata = {}, priority = 0 } = spec;
  assertJobId(id);
  if (typeof kind !== 'string' || kind === '') {
    throw new InvalidSpecError({
      path: 'kind',
      problem: `must be a string that is not empty, received ${shown(kind)}`,
    });
  }
  if (!isObject(metadata) || Array.isArray(metadata)) {
    throw new InvalidSpecError({
      path: 'metadata',
      problem: `must be an object, received ${shown(metadata)}`,
    });
  }
  if (!Number.isSafeInteger(priority)) {
    throw new InvalidSpecError({
      path: 'priority',
      problem: `must be an integer, received ${shown(priority)}`,
    });
  }
  const stored = Object.freeze({
    id,
    kind,
    chunks: completeChunks(spec.chunks),
    metadata: takeJson(metadata, 'metadata') as JsonObject,
    // So that a spec of before, which has none, is equal to one that says 0.
    ...(priority !== 0 && { priority }),
  });
  completed.add(stored);
  return stored;
}

/**
 * Specs that were made here: a spec passes through several calls, and checking its chunks takes as long as
 * there are many.
 */
const completed = new WeakSet<object>();

function completeChunks<C>(chunks: Chunks<C>): Chunks<C> {
  if (Array.isArray(chunks)) {
    chunks = takeJson(chunks as readonly C[], 'chunks');
  } else if (
    isObject(chunks) &&
    typeof (chunks as ChunkRange).total === 'number' &&
    typeof (chunks as ChunkRange).size === 'number'
  ) {
    const { total, size } = chunks as ChunkRange;
    chunks = range(total, size) as ChunkRange & Iterable<C>;
  } else {
    throw new InvalidSpecError({
      path: 'chunks',
      problem: `must be an array or a range(total, size), received ${chunks === null ? 'null' : typeof chunks}`,
    });
  }
  return chunks;
}

/** How many chunks there are. */
export function chunkCount(chunks: Chunks<unknown>): number {
  return isRange(chunks) ? Math.ceil(chunks.total / chunks.size) : chunks.length;
}

/** The chunk at `index`, 0-based and below {@link chunkCount}. */
export function chunkAt<C>(chunks: Chunks<C>, index: number): C {
  return (isRange(chunks) ? rangeChunkAt(chunks, index) : chunks[index]) as C;
}

function isRange<C>(chunks: Chunks<C>): chunks is ChunkRange & Iterable<C> {
  return !Array.isArray(chunks);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return isObject(value) ? `an ${Array.isArray(value) ? 'array' : 'object'}` : String(value);
}

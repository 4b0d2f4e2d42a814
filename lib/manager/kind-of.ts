import { callBack } from '../errors/report-unhandled.js';
import { UnknownKindError } from '../errors/unknown-kind-error.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import type { AnyJobKind } from './job-kind.js';
import type { JobKinds } from './job-kinds.js';

/** How a job differs from its kind, its worker as well. */
export type KindChanges = Omit<Partial<AnyJobKind>, 'worker'> & {
  readonly worker?: AnyJobKind['worker'] | undefined;
};

/** Whether there is a kind of this name. */
export function hasKind(kinds: JobKinds, kind: string): boolean {
  return Object.hasOwn(kinds, kind);
}

/**
 * The kind of a job, with what is different this time.
 *
 * @throws UnknownKindError if there is no such kind, and `options` has no worker
 */
export function kindOf(kinds: JobKinds, spec: StoredSpec, options: KindChanges): AnyJobKind {
  const kind = hasKind(kinds, spec.kind) ? kinds[spec.kind] : undefined;
  const worker = options.worker ?? kind?.worker;
  if (worker === undefined)
    throw new UnknownKindError({ jobId: spec.id, kind: spec.kind, known: Object.keys(kinds) });
  return {
    ...kind,
    ...given(options),
    worker,
    onProgress: both(kind?.onProgress, options.onProgress),
    onReport: both(kind?.onReport, options.onReport),
    onRunning: both(kind?.onRunning, options.onRunning),
  };
}

/** Calls the first, whatever it throws, and the second. */
export function both<A extends readonly unknown[]>(
  first: ((...args: A) => void) | undefined,
  second: ((...args: A) => void) | undefined,
): ((...args: A) => void) | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return (...args) => {
    callBack(first, ...args);
    second(...args);
  };
}

/** The options that are there: an explicit `undefined` is not. */
function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

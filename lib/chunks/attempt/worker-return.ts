import type { Observable } from 'rxjs';
import { isObservable } from 'rxjs';
import { InvalidReturnError } from '../../errors/invalid-return-error.js';

export function isPromiseLike<R>(work: Observable<R> | PromiseLike<R> | undefined): work is PromiseLike<R> {
  return typeof (work as Partial<PromiseLike<R>> | undefined)?.then === 'function';
}

/** Whether a value would have to be run to give a result. */
export function isStream(value: object): boolean {
  return isObservable(value) || typeof (value as Partial<Iterator<unknown>>).next === 'function';
}

/** The worker returned what is no work. */
export function invalidReturn(returned: unknown): InvalidReturnError {
  return new InvalidReturnError({
    expected: 'an Observable or a PromiseLike',
    received: described(returned),
  });
}

/** The work gave a stream as its result, as an async function does that returns an Observable. */
export function invalidResult(result: object): InvalidReturnError {
  const received = isObservable(result) ? 'a result that is an Observable' : 'a result that is a generator';
  return new InvalidReturnError({ expected: 'a result that is a value', received });
}

function described(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  // An object need not have a constructor.
  const { name = 'no class' } = (value.constructor as { readonly name: string } | undefined) ?? {};
  return `an instance of ${name}`;
}

import { describe, expectTypeOf, it } from 'vitest';
import type {
  AnySluiceError,
  ErrorRecord,
  JobExistsError,
  JobFailedError,
  JobState,
  SluiceErrorCode,
} from 'sluice';
import type * as core from 'sluice';
import type { SluiceError } from 'sluice';
import { isSluiceError } from 'sluice';
import type * as node from 'sluice/node';

type Entries = typeof core & typeof node;

/** The errors whose classes the entries export. */
type Exported = {
  [name in keyof Entries]: Entries[name] extends new (...args: never) => infer E
    ? E extends SluiceError
      ? E
      : never
    : never;
}[keyof Entries];

describe('isSluiceError', () => {
  it('narrows to the union of all errors, and their code to one of them', () => {
    const error = {} as unknown;
    if (!isSluiceError(error)) return;
    expectTypeOf(error).toEqualTypeOf<AnySluiceError>();
    expectTypeOf(error.code).toEqualTypeOf<SluiceErrorCode>();
    if (error.code === 'JOB_OWNED') expectTypeOf(error.owner).toEqualTypeOf<string>();
    if (error.code === 'JOB_EXISTS') expectTypeOf(error).toEqualTypeOf<JobExistsError>();
    // @ts-expect-error -- not every error is about a job that has an owner
    expectTypeOf(error.owner);
    // @ts-expect-error -- there is no such code
    expectTypeOf(error.code === 'JOB_LOST');
  });

  it('narrows what is known to be an error', () => {
    const error = {} as Error;
    if (isSluiceError(error) && error.code === 'JOB_FAILED') {
      expectTypeOf(error).toEqualTypeOf<JobFailedError>();
    }
  });
});

describe('AnySluiceError', () => {
  it('is every error that the entries export, each with a code of its own', () => {
    expectTypeOf<Exported>().toEqualTypeOf<AnySluiceError>();
    expectTypeOf<AnySluiceError>().toExtend<SluiceError>();
    type Shared = {
      [code in SluiceErrorCode]: IsUnion<Extract<AnySluiceError, { code: code }>> extends true ? code : never;
    }[SluiceErrorCode];
    expectTypeOf<Shared>().toBeNever();
  });

  it('is exhaustive by its code', () => {
    const fieldOf = (error: AnySluiceError): JobState | ErrorRecord | undefined => {
      switch (error.code) {
        case 'JOB_INCOMPLETE':
        case 'INVALID_TRANSITION':
          return error.state;
        case 'JOB_FAILED':
          return error.error;
        default:
          expectTypeOf(error.code).toEqualTypeOf<
            Exclude<SluiceErrorCode, 'JOB_INCOMPLETE' | 'INVALID_TRANSITION' | 'JOB_FAILED'>
          >();
          return undefined;
      }
    };
    expectTypeOf(fieldOf).toBeFunction();
  });
});

type IsUnion<T, U = T> = T extends U ? ([U] extends [T] ? false : true) : never;

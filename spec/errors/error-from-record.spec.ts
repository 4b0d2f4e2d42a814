import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorFromRecord } from '../../lib/errors/error-from-record.js';
import type { ErrorRecord } from '../../lib/errors/error-record.js';
import { toErrorRecord } from '../../lib/errors/error-record.js';

describe('errorFromRecord', () => {
  const stored: ErrorRecord = {
    name: 'HttpError',
    message: '429',
    code: 'TOO_MANY',
    retryAfterMs: 5_000,
    cause: { name: 'TypeError', message: 'no', permanent: true },
  };

  it('makes an error with the name, the message, the code and the causes', () => {
    const error = errorFromRecord(stored);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'HttpError', message: '429', code: 'TOO_MANY', retryAfterMs: 5_000 });
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.cause).toMatchObject({ name: 'TypeError', message: 'no', permanent: true });
    expect(String(error)).toBe('HttpError: 429');
  });

  it('has no stack of the place where it was made anew', () => {
    expect(errorFromRecord(stored).stack).toBe('HttpError: 429');
  });

  it('has the fields of any other error, and no more to be listed', () => {
    expect(Object.keys(errorFromRecord({ name: 'Error', message: 'no' }))).toEqual([]);
  });

  it('leads to the same record', () => {
    const record = fc.letrec<{ record: ErrorRecord }>((tie) => ({
      record: fc.record(
        {
          name: fc.string(),
          message: fc.string(),
          code: fc.string(),
          permanent: fc.constant(true as const),
          retryAfterMs: fc.nat(),
          cause: tie('record'),
        },
        { requiredKeys: ['name', 'message'] },
      ),
    })).record;
    fc.assert(
      fc.property(record, (given) => {
        fc.pre(depth(given) <= 8);
        expect(toErrorRecord(errorFromRecord(given))).toEqual(given);
      }),
    );
  });
});

const depth = ({ cause }: ErrorRecord): number => (cause ? 1 + depth(cause) : 0);

import { describe, expect, it } from 'vitest';
import { AttemptTimeoutError } from '../../lib/errors/attempt-timeout-error.js';
import type { ErrorRecord } from '../../lib/errors/error-record.js';
import { originalError, redactRecord, toErrorRecord } from '../../lib/errors/error-record.js';

describe('toErrorRecord', () => {
  it('keeps the name, the message and the code', () => {
    expect(toErrorRecord(new TypeError('no'))).toEqual({ name: 'TypeError', message: 'no' });
    expect(toErrorRecord(Object.assign(new Error('no such file'), { code: 'ENOENT' }))).toEqual({
      name: 'Error',
      message: 'no such file',
      code: 'ENOENT',
    });
    expect(toErrorRecord(new AttemptTimeoutError({ timeoutMs: 5 }))).toEqual({
      name: 'AttemptTimeoutError',
      message: 'Cannot finish attempt: it ran longer than 5 ms',
      code: 'ATTEMPT_TIMEOUT',
    });
  });

  it('leaves out a code that is no text', () => {
    expect(toErrorRecord(new DOMException('gone', 'AbortError'))).toEqual({
      name: 'AbortError',
      message: 'gone',
    });
  });

  it('says which chunk and which attempt failed', () => {
    expect(toErrorRecord(new Error('no'), { index: 0, attempt: 3 })).toEqual({
      name: 'Error',
      message: 'no',
      index: 0,
      attempt: 3,
    });
  });

  it('keeps the chain of causes', () => {
    const error = new Error('outer', { cause: new RangeError('middle', { cause: 'inner' }) });
    expect(toErrorRecord(error)).toEqual({
      name: 'Error',
      message: 'outer',
      cause: { name: 'RangeError', message: 'middle', cause: { name: 'Error', message: 'inner' } },
    });
  });

  it('keeps at most 8 causes, also of an error that is its own cause', () => {
    const error = new Error('again');
    error.cause = error;
    let record: ErrorRecord | undefined = toErrorRecord(error);
    let causes = -1;
    while (record) {
      causes += 1;
      record = record.cause;
    }
    expect(causes).toBe(8);
  });

  it.each<[string, unknown, string, string]>([
    ['text', 'no', 'Error', 'no'],
    ['a number', 404, 'Error', '404'],
    ['undefined', undefined, 'Error', 'undefined'],
    ['null', null, 'Error', 'null'],
    ['a symbol', Symbol('no'), 'Error', 'Symbol(no)'],
    ['an object like an error', { name: 'HttpError', message: 'gone' }, 'HttpError', 'gone'],
    ['an object without a message', { toString: () => 'as text' }, 'Error', 'as text'],
    ['an object without a prototype', Object.create(null), 'Error', 'an object that has no text'],
    ['an object that throws when it is read', hostile(), 'Error', 'an object that has no text'],
  ])('makes a record of %s', (_what, error, name, message) => {
    expect(toErrorRecord(error)).toEqual({ name, message });
  });

  it('survives JSON', () => {
    const record = toErrorRecord(new Error('a', { cause: new AttemptTimeoutError({ timeoutMs: 1 }) }), {
      index: 1,
      attempt: 2,
    });
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });

  it('leads back to the error in the process that made it, and in no other', () => {
    const error = new Error('no');
    const record = toErrorRecord(error);
    expect(originalError(record)).toBe(error);
    expect(originalError(structuredClone(record))).toBeUndefined();
  });
});

describe('redactRecord', () => {
  const error = Object.assign(new Error('token=abc'), { code: 'DENIED' });
  const record = toErrorRecord(error, { index: 1, attempt: 2 });

  it('is what the function makes of the record, and leads back to the same error', () => {
    const redacted = redactRecord(
      record,
      (given) => ({ ...given, message: '***' }),
      (thrown) => {
        throw thrown;
      },
    );
    expect(redacted).toEqual({ name: 'Error', message: '***', code: 'DENIED', index: 1, attempt: 2 });
    expect(originalError(redacted)).toBe(error);
  });

  it.each<[string, () => unknown, object]>([
    [
      'throws',
      () => {
        throw new RangeError('in redact');
      },
      { name: 'RangeError', message: 'in redact' },
    ],
    [
      'gives nothing',
      () => undefined,
      { name: 'TypeError', message: 'Cannot redact error: the record must be an object, received undefined' },
    ],
    [
      'gives null',
      () => null,
      { name: 'TypeError', message: 'Cannot redact error: the record must be an object, received null' },
    ],
    [
      'gives text',
      () => '***',
      { name: 'TypeError', message: 'Cannot redact error: the record must be an object, received string' },
    ],
  ])(
    'keeps nothing but the kind of the error when the function %s, and says so',
    (_what, redact, problem) => {
      const reported: unknown[] = [];
      const redacted = redactRecord(record, redact as () => ErrorRecord, (thrown) => reported.push(thrown));
      expect(redacted).toEqual({ name: 'Error', message: 'redacted', code: 'DENIED', index: 1, attempt: 2 });
      expect(originalError(redacted)).toBe(error);
      expect(reported).toMatchObject([problem]);
    },
  );
});

function hostile(): object {
  return new Proxy(
    {},
    {
      get() {
        throw new Error('not to be read');
      },
    },
  );
}

import { describe, expect, it } from 'vitest';
import { InvalidSpecError } from '../../../lib/errors/invalid-spec-error.js';
import { range } from '../../../lib/model/spec/chunk-range.js';
import type { JobSpec } from '../../../lib/model/spec/job-spec.js';
import { chunkAt, chunkCount, completeSpec } from '../../../lib/model/spec/job-spec.js';

/** A spec as it comes from code without types, or from a file. */
const untyped = (spec: unknown): JobSpec => spec as JobSpec;

const idProblem =
  "id must be 1 to 128 letters, digits, '.', '_' or '-', beginning with a letter or a digit, received";

describe('completeSpec', () => {
  it('gives a spec an id of its own and empty metadata', () => {
    const one = completeSpec({ kind: 'etl', chunks: [1] });
    const other = completeSpec({ kind: 'etl', chunks: [1] });
    expect(one).toEqual({ id: one.id, kind: 'etl', chunks: [1], metadata: {} });
    expect(one.id).toMatch(/^[0-9a-f]{32}$/);
    expect(other.id).not.toBe(one.id);
  });

  it('keeps what is there', () => {
    const spec = {
      id: 'sales-2026.11_a',
      kind: 'etl',
      chunks: [{ a: 1 }, null, 'b'],
      metadata: { tenant: 'north' },
    };
    expect(completeSpec(spec)).toEqual(spec);
  });

  it('makes ranges that were read from JSON iterable again, without expanding them', () => {
    const { chunks } = completeSpec(
      untyped(JSON.parse('{ "kind": "etl", "chunks": { "total": 12, "size": 5 } }')),
    );
    expect([...chunks]).toEqual([...range(12, 5)]);
    expect(JSON.stringify(chunks)).toBe('{"total":12,"size":5}');
  });

  it('takes a frozen copy of the metadata, and leaves the original as it is', () => {
    const metadata = { tags: ['a'] };
    const stored = completeSpec({ kind: 'etl', chunks: [1], metadata });
    expect(Object.isFrozen(metadata.tags)).toBe(false);
    expect(Object.isFrozen(stored.metadata.tags)).toBe(true);
    metadata.tags.push('b');
    expect(stored.metadata).toEqual({ tags: ['a'] });
  });

  it.each(['a', '0', 'A.b_c-d', 'x'.repeat(128)])('takes the id %j', (id) => {
    expect(completeSpec({ id, kind: 'etl', chunks: [1] }).id).toBe(id);
  });

  it.each<[string, unknown]>([
    ['"../x"', '../x'],
    ['"a/b"', 'a/b'],
    ['"a\\\\b"', 'a\\b'],
    ['""', ''],
    ['"."', '.'],
    ['".."', '..'],
    ['".a"', '.a'],
    ['"-a"', '-a'],
    ['"a b"', 'a b'],
    ['"a\\n"', 'a\n'],
    ['"ä"', 'ä'],
    ['"a\\u0000"', 'a\0'],
    [`"${'x'.repeat(129)}"`, 'x'.repeat(129)],
    ['null', null],
    ['7', 7],
    ['7', 7n],
    ['an object', {}],
  ])('refuses the id %s', (received, id) => {
    expect(() => completeSpec(untyped({ id, kind: 'etl', chunks: [1] }))).toThrow(
      `Cannot use job spec: ${idProblem} ${received}`,
    );
  });

  it.each([
    ['no spec', undefined, 'spec must be an object, received undefined'],
    ['a spec that is text', 'etl', 'spec must be an object, received "etl"'],
    ['no kind', { chunks: [1] }, 'kind must be a string that is not empty, received undefined'],
    ['an empty kind', { kind: '', chunks: [1] }, 'kind must be a string that is not empty, received ""'],
    [
      'a kind that is a number',
      { kind: 1, chunks: [1] },
      'kind must be a string that is not empty, received 1',
    ],
    ['no chunks', { kind: 'etl' }, 'chunks must be an array or a range(total, size), received undefined'],
    [
      'chunks that are null',
      { kind: 'etl', chunks: null },
      'chunks must be an array or a range(total, size), received null',
    ],
    [
      'chunks that are text',
      { kind: 'etl', chunks: 'abc' },
      'chunks must be an array or a range(total, size), received string',
    ],
    [
      'chunks that are a set',
      { kind: 'etl', chunks: new Set([1]) },
      'chunks must be an array or a range(total, size), received object',
    ],
    [
      'half a range',
      { kind: 'etl', chunks: { total: 5 } },
      'chunks must be an array or a range(total, size), received object',
    ],
    [
      'a range of text',
      { kind: 'etl', chunks: { total: '5', size: '1' } },
      'chunks must be an array or a range(total, size), received object',
    ],
    [
      'a range with a bad size',
      { kind: 'etl', chunks: { total: 5, size: 0 } },
      'chunks.size must be an integer of 1 or more, received 0',
    ],
    [
      'metadata that is null',
      { kind: 'etl', chunks: [1], metadata: null },
      'metadata must be an object, received null',
    ],
    [
      'metadata that is text',
      { kind: 'etl', chunks: [1], metadata: 'a' },
      'metadata must be an object, received "a"',
    ],
    [
      'metadata that is a list',
      { kind: 'etl', chunks: [1], metadata: [1] },
      'metadata must be an object, received an array',
    ],
  ])('refuses %s', (_what, spec, problem) => {
    const complete = (): unknown => completeSpec(untyped(spec));
    expect(complete).toThrow(InvalidSpecError);
    expect(complete).toThrow(`Cannot use job spec: ${problem}`);
  });

  it.each([
    ['a date', [1, new Date(0)], 'chunks[1]', 'an instance of Date'],
    ['a BigInt', [{ size: 1n }], 'chunks[0].size', 'bigint'],
    ['NaN', [[0, NaN]], 'chunks[0][1]', 'NaN'],
    ['a function', [{ run: () => 1 }], 'chunks[0].run', 'function'],
    ['a symbol', [Symbol('a')], 'chunks[0]', 'symbol'],
    ['undefined', [undefined], 'chunks[0]', 'undefined'],
    ['a hole', Array.from<unknown>({ length: 2 }).fill(0, 0, 1), 'chunks[1]', 'undefined'],
    ['a map', [new Map()], 'chunks[0]', 'an instance of Map'],
    ['a cycle', [cycle()], 'chunks[0].next.self', 'a cycle'],
  ])('refuses chunks that hold %s, naming the place', (_what, chunks, path, received) => {
    expect(() => completeSpec(untyped({ kind: 'etl', chunks }))).toThrow(
      `Cannot store ${path}: it must survive JSON, received ${received}`,
    );
  });

  it('refuses metadata that JSON would change', () => {
    expect(() => completeSpec(untyped({ kind: 'etl', chunks: [1], metadata: { at: new Date(0) } }))).toThrow(
      'Cannot store metadata.at',
    );
  });
});

describe('chunkCount and chunkAt', () => {
  it('read lists', () => {
    expect(chunkCount(['a', 'b'])).toBe(2);
    expect(chunkAt(['a', 'b'], 1)).toBe('b');
  });

  it('read ranges without expanding them', () => {
    expect(chunkCount(range(1e15, 10))).toBe(1e14);
    expect(chunkAt(range(1e15, 10), 1e14 - 1)).toEqual({ start: 1e15 - 10, end: 1e15 });
  });
});

function cycle(): object {
  const value: { next?: { self?: object } } = { next: {} };
  value.next = { self: value };
  return value;
}

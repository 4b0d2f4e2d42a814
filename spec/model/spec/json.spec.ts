import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertJson } from '../../../lib/model/spec/json.js';

describe('assertJson', () => {
  it('takes whatever JSON gives back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assertJson(value, 'value');
      }),
    );
  });

  it('takes properties that are undefined, and objects without a prototype', () => {
    assertJson({ a: undefined }, 'value');
    assertJson(Object.assign(Object.create(null) as object, { a: 1 }), 'value');
  });

  it('takes an object that stands in two places', () => {
    const shared = { a: 1 };
    assertJson([shared, { shared }], 'value');
  });

  it.each([
    ['undefined', undefined, 'value', 'undefined'],
    ['a function', () => 1, 'value', 'function'],
    ['a symbol', Symbol('s'), 'value', 'symbol'],
    ['a BigInt', 1n, 'value', 'bigint'],
    ['NaN', NaN, 'value', 'NaN'],
    ['Infinity', { a: [1, -Infinity] }, 'value.a[1]', '-Infinity'],
    ['an undefined element', [1, undefined], 'value[1]', 'undefined'],
    ['a date', { at: new Date(0) }, 'value.at', 'an instance of Date'],
    ['bytes', new Uint8Array(1), 'value', 'an instance of Uint8Array'],
    [
      'an object without a class',
      Object.create(Object.create(null) as object),
      'value',
      'an instance of no class',
    ],
    ['a toJSON of its own', { toJSON: () => 1 }, 'value.toJSON', 'function'],
  ])('refuses %s, naming the place', (_what, value, path, problem) => {
    expect(() => {
      assertJson(value, 'value');
    }).toThrow(expect.objectContaining({ code: 'NOT_SERIALIZABLE', path, problem }));
  });

  it('refuses a cycle', () => {
    const list: unknown[] = [];
    list.push({ list });
    expect(() => {
      assertJson(list, 'value');
    }).toThrow('Cannot store value[0].list: it must survive JSON, received a cycle');
  });
});

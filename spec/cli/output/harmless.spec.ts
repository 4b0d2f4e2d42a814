import { describe, expect, it } from 'vitest';
import { harmless, jsonText } from '../../../lib/cli/output/harmless.js';
import { HarmlessSink, hasColors } from '../../../lib/cli/output/harmless-sink.js';
import { oneLine } from '../../../lib/cli/output/one-line.js';

const active = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const everything = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).join('');

describe('harmless', () => {
  it.each([
    ['a title, and a cleared screen', '\x1b]0;X\x07\x1b[2Jkind', 'kind'],
    ['a colour', '\x1b[31mred\x1b[0m', 'red'],
    ['a C1 control', 'a\x9bb', 'a\\u009bb'],
    ['a change of direction', 'user\u202egpj.exe', 'user\\u202egpj.exe'],
    ['a bell and a backspace', 'a\x07\bb', 'a\\u0007\\u0008b'],
    ['lines and tabs', 'a\r\nb\tc\n', 'a\nb\tc\n'],
  ])('makes %s harmless', (_, text, shown) => {
    expect(harmless(text)).toBe(shown);
  });

  it('leaves nothing active, whatever comes, and all that is not', () => {
    expect(harmless(everything)).not.toMatch(active);
    expect(harmless('Zürich → 東京 👩‍💻')).toBe('Zürich → 東京 👩‍💻');
  });

  it('keeps one line one line', () => {
    expect(oneLine('a\n  b\r\n\x1b[1mc\td\n')).toBe('a ⏎ b ⏎ c d');
  });
});

describe('jsonText', () => {
  it('escapes what is active, and is still the same value', () => {
    const text = jsonText({ kind: everything });
    expect(text).not.toMatch(active);
    expect(JSON.parse(text)).toEqual({ kind: everything });
  });
});

describe('HarmlessSink', () => {
  const written = (hasColor: boolean): readonly string[] => {
    const texts: string[] = [];
    const stream = { write: (text: string) => texts.push(text) } as unknown as NodeJS.WritableStream;
    const sink = new HarmlessSink(stream, hasColor);
    sink.write('a\x1b[31mb\n');
    sink.print('x\x1b[31m', { text: 'y\x1b[2J', tone: 'bad' });
    return texts;
  };

  it('colours what it is told to, and nothing that others put into the text', () => {
    expect(written(true)).toEqual(['ab\n', 'x\x1b[31my\x1b[39m']);
    expect(written(false)).toEqual(['ab\n', 'xy']);
  });

  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: false }, {}, false],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { NO_COLOR: '' }, true],
    [{ isTTY: false }, { FORCE_COLOR: '1' }, true],
    [{ isTTY: true }, { FORCE_COLOR: '0' }, false],
    [{ isTTY: false }, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('with %j and %j has colours: %s', (stream, env, has) => {
    expect(hasColors(stream, env)).toBe(has);
  });
});

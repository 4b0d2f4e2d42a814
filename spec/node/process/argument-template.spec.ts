import { describe, expect, it } from 'vitest';
import { ArgumentTemplate } from '../../../lib/node/process/argument-template.js';
import type { ChunkTask } from '../../../lib/ports/worker-adapter.js';
import { taskFacts } from '../../ports/task-facts.js';

describe('ArgumentTemplate', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['{index}/{attempt}/{jobId}', '3/2/job'],
    ['bytes={start}-{end}', 'bytes=0-5'],
    ['{chunk}', '{"start":0,"end":5,"file":{"name":"a; rm -rf ~","tags":["x","y"]},"none":null}'],
    ['in={chunk.file.name}!', 'in=a; rm -rf ~!'],
    ['{chunk.file.tags.1}{chunk.none}', 'ynull'],
    ['{chunk.file.tags}', '["x","y"]'],
    ['{{index}}', '{index}'],
    ['{{{index}}}', '{3}'],
    ['{output}', '/tmp/out'],
  ])('fills %s', (text, filled) => {
    expect(new ArgumentTemplate(text).fill(task, '/tmp/out')).toBe(filled);
  });

  it('fills a chunk that is a string as it is', () => {
    expect(new ArgumentTemplate('<{chunk}>').fill({ ...task, chunk: 'a {index} "b"' }, undefined)).toBe(
      '<a {index} "b">',
    );
  });

  it.each(['{', '}', '{}', '{Index}', '{chunk.}', '{chunk..a}', '{index.a}', '{"a":1}', '{ index }'])(
    'refuses %s',
    (text) => {
      expect(() => new ArgumentTemplate(text)).toThrow(RangeError);
      expect(() => new ArgumentTemplate(text)).toThrow('Cannot use command: placeholders are {index}');
    },
  );

  it.each(['{chunk.nothing}', '{chunk.file.name.length}', '{chunk.constructor}', '{chunk.none.x}'])(
    'refuses to fill %s, which the chunk does not have',
    (text) => {
      expect(() => new ArgumentTemplate(text).fill(task, undefined)).toThrow(RangeError);
    },
  );

  it('refuses to fill {start} where the chunk is no range', () => {
    expect(() => new ArgumentTemplate('{start}').fill({ ...task, chunk: 'a' }, undefined)).toThrow(
      new RangeError(`Cannot fill '{start}': the chunk must have what {start} names, received "a"`),
    );
  });
});

const task: ChunkTask = {
  ...taskFacts,
  jobId: 'job',
  index: 3,
  attempt: 2,
  chunk: { start: 0, end: 5, file: { name: 'a; rm -rf ~', tags: ['x', 'y'] }, none: null },
  signal: new AbortController().signal,
  report: () => undefined,
  waitUntil: () => undefined,
};

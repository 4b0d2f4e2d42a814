import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How often the journal of a job says of each chunk that it completed, read byte by byte as docs/journal-format.md has it, without the library.
 *
 * @param {string} directory - that of the job
 * @returns {Map<number, number>} by index
 */
export function storedCompletions(directory) {
  const segments = readdirSync(directory)
    .filter((name) => /^journal\.\d+\.ndjson$/.test(name))
    .sort()
    .map((name) => wholeLines(readFileSync(join(directory, name))));
  // Without a whole header a segment does not count.
  const newest = segments.findLastIndex(({ length }) => length >= 2);
  const completions = new Map();
  if (newest < 0) return completions;
  const { base } = segments[newest][1].content;
  segments.slice(0, newest + 1).forEach((lines, place) => {
    for (const { content, end } of lines.slice(2)) {
      if (place < newest && end > base[place]) break;
      for (const { type, index } of content.events)
        if (type === 'chunk-completed') completions.set(index, (completions.get(index) ?? 0) + 1);
    }
  });
  return completions;
}

/** The lines that end in a line feed, and the offset after it. */
function wholeLines(bytes) {
  const lines = [];
  let start = 0;
  for (let feed = bytes.indexOf(10); feed >= 0; feed = bytes.indexOf(10, start)) {
    lines.push({ content: JSON.parse(bytes.subarray(start, feed).toString('utf8')), end: feed + 1 });
    start = feed + 1;
  }
  return lines;
}

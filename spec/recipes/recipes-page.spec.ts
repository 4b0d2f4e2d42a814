import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = new URL('../../docs/recipes.md', import.meta.url);
const directory = new URL('../../docs/examples/recipes/', import.meta.url);
const names = readdirSync(directory).sort();

describe('docs/recipes.md', () => {
  it('shows every recipe as it is in its file', () => {
    const text = readFileSync(page, 'utf8');
    const expected = names.reduce((shown, name) => {
      const code = readFileSync(new URL(name, directory), 'utf8').trimEnd();
      return shown.replace(
        new RegExp(`(<!-- ${name} -->\n\n\`\`\`ts\n)[^]*?(\n\`\`\`\n)`),
        (_, open: string, close: string) => `${open}${code}${close}`,
      );
    }, text);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(page, expected);
    else expect(text).toBe(expected);
  });

  it('has a place for each file, and no other', () => {
    const places = [...readFileSync(page, 'utf8').matchAll(/<!-- (\S+\.ts) -->\n\n```ts\n/g)].map(
      ([, name]) => name,
    );
    expect(places.sort()).toEqual(names);
  });
});

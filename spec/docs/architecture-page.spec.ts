import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

describe('the page on the architecture', () => {
  it('names files that are there', () => {
    const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
    const named = [...page.matchAll(/`([a-z]+(?:\/[a-z-]+)+\.ts)`/g)].map(([, path]) => path!);

    expect(named.length).toBeGreaterThan(20);
    expect(
      named.filter(
        (path) => !existsSync(new URL(`../../lib/${path.replace(/^lib\//, '')}`, import.meta.url)),
      ),
    ).toEqual([]);
  });
});

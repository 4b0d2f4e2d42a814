import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { from, lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

const names = JSON.parse(readFileSync(new URL('public-names.json', import.meta.url), 'utf8')) as Record<
  string,
  { readonly values: readonly string[] }
>;
const entries = ['sluice', 'sluice/node', 'sluice/testing'];

describe.each(entries)('the built %s', (entry) => {
  const path = `${root}dist/${entry === 'sluice' ? '' : entry.slice('sluice/'.length) + '/'}index`;

  it('has the reviewed names as an ES module', async () => {
    const module = (await import(`${path}.js`)) as object;
    expect(Object.keys(module).sort()).toEqual(names[entry]?.values);
  });

  it('has the reviewed names as a CommonJS module', () => {
    const module = require(`${path}.cjs`) as object;
    expect(Object.keys(module).sort()).toEqual(names[entry]?.values);
  });
});

describe('the built package', () => {
  it.each(['esm', 'cjs'] as const)(
    'lets a browser bundle reach only rxjs and immer from sluice (%s)',
    async (format) => {
      const { metafile } = await build({
        entryPoints: [`${root}dist/index.${format === 'esm' ? 'js' : 'cjs'}`],
        bundle: true,
        write: false,
        metafile: true,
        platform: 'browser',
        format: 'esm',
        external: ['rxjs', 'immer'],
        logLevel: 'silent',
      });
      const outside = Object.values(metafile.inputs).flatMap(({ imports }) =>
        imports.filter(({ external }) => external === true).map(({ path }) => path),
      );
      expect([...new Set(outside)].sort()).toEqual(['immer', 'rxjs']);
      expect(Object.keys(metafile.inputs).filter((path) => !path.startsWith('dist/'))).toEqual([]);
    },
  );

  it('loads the optional execa with a true import() from CommonJS too, since execa is an ES module', () => {
    const files = readdirSync(`${root}dist`, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.cjs') && !path.startsWith('cli'),
    );
    const loading = files
      .map((path) => readFileSync(`${root}dist/${path}`, 'utf8'))
      .filter((code) => code.includes('execa'));
    expect(loading.join('\n')).toMatch(/\bimport\(['"]execa['"]\)/);
    expect(loading.join('\n')).not.toMatch(/require\(['"]execa['"]\)/);
  });

  it.each([
    ['ES modules', (path: string) => import(`${root}dist/${path}.js`) as Promise<unknown>],
    ['CommonJS', (path: string) => Promise.resolve(require(`${root}dist/${path}.cjs`) as unknown)],
  ])('has one copy of its classes for all its entries (%s)', async (_, load) => {
    const { JobNotFoundError } = (await load('index')) as typeof import('../../lib/index.js');
    const { FileJobRepository } = (await load('node/index')) as typeof import('../../lib/node/index.js');
    const directory = mkdtempSync(join(tmpdir(), 'sluice-dist-'));
    try {
      const outcomes$ = from(new FileJobRepository({ directory }).outcomes('nobody-knows-it'));
      await expect(lastValueFrom(outcomes$)).rejects.toBeInstanceOf(JobNotFoundError);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('says what its command does', () => {
    expect(
      execFileSync(process.execPath, [`${root}dist/cli/main.cjs`, '--help'], { encoding: 'utf8' }),
    ).toContain('Usage: sluice');
  });
});

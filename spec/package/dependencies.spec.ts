import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ICruiseResult, IDependency, IForbiddenRuleType, IModule } from 'dependency-cruiser';
import { cruise } from 'dependency-cruiser';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the files of a folder of `lib` may import, besides each other; types count as well. Whatever is not named is forbidden. */
const layers: Readonly<
  Record<string, { readonly folders: readonly string[]; readonly packages: readonly string[] }>
> = {
  errors: { folders: ['model'], packages: ['rxjs'] },
  time: { folders: [], packages: ['rxjs'] },
  model: { folders: ['errors', 'time'], packages: ['immer'] },
  ports: { folders: ['model', 'errors'], packages: ['rxjs'] },
  chunks: { folders: ['ports', 'model', 'errors', 'time'], packages: ['rxjs'] },
  operators: { folders: ['chunks', 'ports', 'model', 'errors', 'time'], packages: ['rxjs'] },
  executor: { folders: ['operators', 'chunks', 'ports', 'model', 'errors', 'time'], packages: ['rxjs'] },
  manager: {
    folders: ['executor', 'operators', 'chunks', 'ports', 'model', 'errors', 'time'],
    packages: ['rxjs'],
  },
  // Adapters know the ports, and nothing that uses them.
  repositories: { folders: ['ports', 'model', 'errors', 'time'], packages: ['rxjs'] },
  workers: { folders: ['ports', 'model', 'errors', 'time'], packages: ['rxjs'] },
  node: {
    folders: ['ports', 'model', 'errors', 'time'],
    packages: ['rxjs', 'execa', 'signal-exit', 'node:*'],
  },
  // Entries that put the parts together.
  testing: {
    folders: [
      'manager',
      'executor',
      'operators',
      'chunks',
      'repositories',
      'workers',
      'ports',
      'model',
      'errors',
      'time',
    ],
    packages: ['rxjs', 'rxjs/testing'],
  },
  cli: { folders: ['.', 'node', 'chunks', 'ports', 'model', 'errors', 'time'], packages: ['*'] },
  '.': {
    folders: [
      'manager',
      'executor',
      'operators',
      'chunks',
      'repositories',
      'workers',
      'ports',
      'model',
      'errors',
      'time',
    ],
    packages: [],
  },
};

describe('the imports of lib', () => {
  let modules: readonly IModule[];
  let result: ICruiseResult;

  beforeAll(async () => {
    const cruised = await cruise(['lib'], {
      baseDir: root,
      tsConfig: { fileName: 'tsconfig.json' },
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      validate: true,
      ruleSet: { forbidden: [cycles] },
    });
    result = cruised.output as ICruiseResult;
    modules = result.modules.filter(({ source }) => source.startsWith('lib/'));
  }, 60_000);

  it('are all seen by the check', () => {
    const seen = Object.fromEntries(
      modules.map(({ source, dependencies }) => [source, sorted(dependencies.map(writtenAs))]),
    );
    const written = Object.fromEntries(filesOfLib().map((path) => [path, importsOf(path)]));
    expect(seen).toEqual(written);
    expect(Object.keys(seen).length).toBeGreaterThan(50);
  });

  it('point from the edges to the model, never back', () => {
    const wrong = modules.flatMap(({ source, dependencies }) =>
      dependencies
        .filter((dependency) => !mayImport(source, dependency))
        .map((dependency) => `${source} must not import '${writtenAs(dependency)}'`),
    );
    expect(wrong).toEqual([]);
  });

  it('make no circle, of types either', () => {
    const circles = result.summary.violations.map(({ from, cycle }) =>
      [from, ...(cycle ?? []).map(({ name }) => name)].join(' → '),
    );
    expect(circles).toEqual([]);
  });
});

const cycles: IForbiddenRuleType = {
  name: 'no-circle',
  severity: 'error',
  from: {},
  to: { circular: true },
};

/** The cruiser takes the `node:` off. */
const writtenAs = ({ protocol, module }: IDependency): string =>
  protocol === 'node:' ? `node:${module}` : module;

function mayImport(source: string, dependency: IDependency): boolean {
  const { resolved } = dependency;
  const module = writtenAs(dependency);
  const from = folderOf(source);
  const layer = layers[from];
  if (!layer) return false;
  if (!module.startsWith('.')) {
    return layer.packages.some(
      (name) => name === '*' || name === module || (name === 'node:*' && module.startsWith('node:')),
    );
  }
  const to = folderOf(resolved);
  return to === from || layer.folders.includes(to);
}

/** The folder below `lib`, or `.` for the files of `lib` itself. */
function folderOf(path: string): string {
  const [, folder, file] = path.split('/');
  return file === undefined ? '.' : folder!;
}

function filesOfLib(): string[] {
  return readdirSync(new URL('../../lib', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `lib/${path}`);
}

function importsOf(path: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(`${root}/${path}`, 'utf8'), true, true);
  return sorted(importedFiles.map(({ fileName }) => fileName));
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();

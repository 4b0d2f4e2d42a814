import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CodeBlock } from './code-blocks.js';
import { blocksOfGuides, blocksOfSource } from './code-blocks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

const blocks = [...blocksOfGuides(root), ...blocksOfSource(root)];
const compiled = blocks.filter(({ language }) => language === 'ts');

/** What is no TypeScript: there is no word that takes a `ts` block out of the check, and no other name for one. */
const otherLanguages = ['sh', 'console', 'text', 'json', 'yaml', 'js', 'html', 'diff'];

describe('the code in the docs', () => {
  let problems: ReadonlyMap<CodeBlock, readonly string[]>;

  beforeAll(() => {
    problems = compile(compiled);
  }, 120_000);

  it('is TypeScript, or says what else it is', () => {
    const unknown = blocks.filter(({ language }) => language !== 'ts' && !otherLanguages.includes(language));
    expect(unknown.map(({ path, line, language }) => `${path}:${line - 1} is '${language}'`)).toEqual([]);
  });

  it('is there', () => {
    expect(compiled.some(({ path }) => path === 'README.md')).toBe(true);
    expect(compiled.filter(({ path }) => path.startsWith('lib/')).length).toBeGreaterThan(10);
  });

  it.each([...new Set(compiled.map(({ path }) => path))])('compiles in %s', (path) => {
    const found = compiled
      .filter((block) => block.path === path)
      .flatMap((block) => problems.get(block) ?? []);
    expect(found).toEqual([]);
  });
});

/** Compiles every block as a module of its own, all in one program, under the options of the repository. */
function compile(sources: readonly CodeBlock[]): Map<CodeBlock, string[]> {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const files = new Map(sources.map((block, index) => [`${root}docs/block-${index}.ts`, block]));

  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path)?.code ?? readFile(path);
  host.getSourceFile = (path, target, ...rest) => {
    const block = files.get(path);
    return block ? ts.createSourceFile(path, block.code, target) : getSourceFile(path, target, ...rest);
  };

  const program = ts.createProgram(
    [...files.keys()],
    {
      ...options,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
      moduleDetection: ts.ModuleDetectionKind.Force,
      // These ask something of a library's source, not of the code that uses it.
      isolatedDeclarations: false,
      declaration: false,
    },
    host,
  );

  return new Map(
    [...files].map(([path, block]) => {
      const file = program.getSourceFile(path)!;
      const diagnostics = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [
        block,
        diagnostics.map(
          (diagnostic) =>
            `${place(block, file, diagnostic)}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`,
        ),
      ];
    }),
  );
}

function place(block: CodeBlock, file: ts.SourceFile, { start = 0 }: ts.Diagnostic): string {
  return `${block.path}:${block.line + file.getLineAndCharacterOfPosition(start).line}`;
}

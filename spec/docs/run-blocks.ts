import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import type { CodeBlock } from './code-blocks.js';

/** What became of a block that was run as a program of its own. */
export interface BlockRun {
  /** Its exit code; a signal where it was ended, as it is when it does not end. */
  readonly ended: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Stands in for the network: every page is there, and says which one it is. */
const world = `globalThis.fetch = async (url, init) => {
  init?.signal?.throwIfAborted();
  return new Response('page of ' + url);
};`;

/** What the block is about is there only where a reader uses it: declared, or a runner of tests. */
export function needsMore({ code }: CodeBlock): boolean {
  return /^declare |from 'vitest'/m.test(code);
}

/** Whether a block does anything when it is loaded, and not only names things for others. */
export function isProgram({ code }: CodeBlock): boolean {
  const { statements } = ts.createSourceFile('block.ts', code, ts.ScriptTarget.ES2022);
  return statements.some(
    (statement) =>
      !ts.isImportDeclaration(statement) &&
      !ts.isInterfaceDeclaration(statement) &&
      !ts.isTypeAliasDeclaration(statement) &&
      !ts.isFunctionDeclaration(statement) &&
      !(ts.canHaveModifiers(statement) && (ts.getModifiers(statement) ?? []).length > 0),
  );
}

/** What a block says that it prints, each run of white space as one space. */
export function printed({ code }: CodeBlock): string | undefined {
  return /^\/\/ prints: (.+)$/m.exec(code)?.[1];
}

/**
 * Bundles the blocks with the source of the library.
 *
 * @returns runs one of them in `directory`
 */
export async function bundleBlocks(
  root: string,
  directory: string,
  blocks: readonly CodeBlock[],
): Promise<(block: CodeBlock) => Promise<BlockRun>> {
  const sources = join(directory, 'sources');
  const programs = join(directory, 'programs');
  await mkdir(sources);
  const nameOf = (block: CodeBlock): string => `block-${blocks.indexOf(block)}`;
  await Promise.all(blocks.map((block) => writeFile(join(sources, `${nameOf(block)}.ts`), block.code)));
  await build({
    entryPoints: blocks.map((block) => join(sources, `${nameOf(block)}.ts`)),
    outdir: programs,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    nodePaths: [join(root, 'node_modules')],
    alias: {
      'sluice/node': join(root, 'lib/node/index.ts'),
      'sluice/testing': join(root, 'lib/testing/index.ts'),
      sluice: join(root, 'lib/index.ts'),
    },
    // Packages that are CommonJS ask for modules of Node.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    logLevel: 'silent',
  });
  const preload = join(directory, 'world.mjs');
  await writeFile(preload, world);

  return (block) =>
    new Promise((resolve) => {
      const program = join(programs, `${nameOf(block)}.mjs`);
      execFile(
        process.execPath,
        ['--import', preload, program],
        { cwd: directory, timeout: 60_000 },
        (error, stdout, stderr) => {
          resolve({ ended: error === null ? 0 : (error.code ?? String(error.signal)), stdout, stderr });
        },
      );
    });
}

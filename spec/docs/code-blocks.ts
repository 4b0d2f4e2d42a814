import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A block of code that a reader may copy. */
export interface CodeBlock {
  /** The file it is shown in, from the root of the repository. */
  readonly path: string;
  /** The line of the file in which the code begins, 1-based. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

/** The blocks of README.md and of the guides; the generated reference is left out, since it repeats those of the source. */
export function blocksOfGuides(root: string): CodeBlock[] {
  const guides = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.startsWith('api') && !path.includes('node_modules'))
    .map((path) => join('docs', path));
  return ['README.md', ...guides]
    .sort()
    .flatMap((path) => blocksIn(path, readFileSync(join(root, path), 'utf8'), /^/));
}

const docComment = /\/\*\*\s[\s\S]*?\*\//g;

/** The blocks of the doc comments in `lib`. */
export function blocksOfSource(root: string): CodeBlock[] {
  return readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join('lib', path))
    .sort()
    .flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return [...text.matchAll(docComment)].flatMap(({ 0: comment, index }) => {
        const before = text.slice(0, index).split('\n').length - 1;
        return blocksIn(path, comment, /^\s*\* ?/).map((block) => ({ ...block, line: block.line + before }));
      });
    });
}

/** `margin` is what every line of the text begins with and the code does not. */
function blocksIn(path: string, text: string, margin: RegExp): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open:
    | {
        readonly fence: string;
        readonly language: string;
        readonly indent: number;
        readonly line: number;
        readonly lines: string[];
      }
    | undefined;
  for (const [index, written] of text.split('\n').entries()) {
    const line = written.replace(margin, '');
    const [, indent = '', fence, language = ''] = /^(\s*)(`{3,}|~{3,})\s*(\S*)/.exec(line) ?? [];
    if (!open) {
      if (fence !== undefined) open = { fence, language, indent: indent.length, line: index + 2, lines: [] };
    } else if (fence?.startsWith(open.fence) === true && language === '') {
      blocks.push({ path, line: open.line, language: open.language, code: open.lines.join('\n') });
      open = undefined;
    } else {
      open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
    }
  }
  if (open) throw new Error(`${path}:${open.line - 1} opens a block of code that nothing closes`);
  return blocks;
}

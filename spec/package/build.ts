import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Vitest's global set-up for what is tested as it is shipped: builds `dist` unless it is newer than all it is made of. */
export default function build(): void {
  const sources = ['package.json', 'tsconfig.json', ...filesBelow('lib')].map((path) => changedAt(path));
  const built = ['dist/index.js', 'dist/index.d.cts', 'dist/cli/main.cjs'].map((path) => changedAt(path));
  if (Math.min(...built) > Math.max(...sources)) return;
  execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
    join(folder, path),
  );
}

/** Epoch ms; 0 for a file that is not there. */
function changedAt(path: string): number {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Workspace } from '../workspace.js';

// Processes take as long as the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create();
  for (const path of ['.sluice/render-1', '.sluice/render-2', '.sluice/upload', 'other/film'])
    await mkdir(join(workspace.path, path), { recursive: true }).then(() =>
      workspace.write(`${path}/job.json`, '{}'),
    );
  await mkdir(join(workspace.path, '.sluice/no-job'));
  await workspace.write('sums.yaml', '');
  await workspace.write('notes.txt', '');
});

afterEach(async () => {
  await workspace.remove();
});

/** How a shell is asked what it offers for a line: its words come in any order, one a line. */
const shells: { readonly [shell: string]: (line: string) => readonly string[] } = {
  bash: (line) => [
    '-c',
    `eval "$(cat script)"; COMP_WORDS=(${line.endsWith(' ') ? `${line} ''` : line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  fish: (line) => ['--no-config', '-c', `source script; complete -C ${JSON.stringify(line)}`],
};

const isInstalled = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

// Of fish, where it is installed: `apt-get install fish`. What zsh offers can be seen only on a terminal: by hand.
describe.each(Object.keys(shells).filter((shell) => shell === 'bash' || isInstalled(shell)))(
  'sluice completion %s',
  (shell) => {
    const complete = (line: string): readonly string[] => {
      const { stdout } = spawnSync(shell, shells[shell]!(line), {
        cwd: workspace.path,
        encoding: 'utf8',
        timeout: 20_000,
      });
      const offered = stdout.split(/\r?\n/).map((text) => text.replace(/\t.*/, ''));
      return [...new Set(offered.filter((word) => word !== ''))].sort();
    };

    beforeEach(async () => {
      await workspace.write('script', (await workspace.run('completion', shell)).stdout);
    });

    it('knows commands, options, their values, ids and spec files', () => {
      expect(complete('sluice re')).toEqual(['recover', 'redrive', 'resume']);
      expect(complete('sluice --')).toEqual(['--help', '--store', '--version']);
      expect(complete('sluice run --conc')).toEqual(['--concurrency']);
      expect(complete('sluice run --progress p')).toEqual(['plain']);
      expect(complete('sluice prune --state c')).toEqual(['cancelled', 'completed']);
      expect(complete('sluice show ')).toEqual(['render-1', 'render-2', 'upload']);
      expect(complete('sluice --store other show ')).toEqual(['film']);
      expect(complete('sluice show --store other ')).toEqual(['film']);
      expect(complete('sluice show --store nowhere ')).toEqual([]);
      expect(complete('sluice run su')).toEqual(['sums.yaml']);
      expect(complete('sluice run --joblog no')).toEqual(['notes.txt']);
      expect(complete('sluice completion ')).toEqual(['bash', 'fish', 'zsh']);
    });
  },
);

describe.each(['bash', 'zsh', 'fish'])('sluice completion %s', (shell) => {
  it('starts no Node, and is a script of that shell where it is installed', async () => {
    await workspace.write('script', (await workspace.run('completion', shell)).stdout);

    expect((await workspace.read('script')).replace(/^#.*$/gm, '')).not.toMatch(
      /\$\(sluice|\bnode\b|`sluice/,
    );
    if (!isInstalled(shell)) return;
    expect(execFileSync(shell, ['-n', 'script'], { cwd: workspace.path }).toString()).toBe('');
  });
});

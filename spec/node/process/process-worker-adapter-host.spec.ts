import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
let directory: string;

beforeAll(async () => {
  // Within the project, so that the built host finds its packages.
  directory = await mkdtemp(join(here, '../../../node_modules/.sluice-host-'));
  await build({
    entry: { host: join(here, 'process-host.ts') },
    outDir: directory,
    format: 'esm',
    config: false,
    silent: true,
    outExtension: () => ({ js: '.mjs' }),
  });
}, 30_000);

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('ProcessWorkerAdapter, in a program that is stopped', () => {
  it('does not let Ctrl-C reach the process', async () => {
    const output = join(directory, 'kept');
    const go = join(directory, 'go');
    // What a terminal does with Ctrl-C: SIGINT to every process of the group in the foreground.
    const host = start(
      'ignores-sigint',
      output,
      `echo $$; until test -e ${go}; do sleep 0.01; done; echo whole > "$1"; echo written`,
    );
    const pid = Number(await host.line(/^\d+$/));

    process.kill(-host.pid, 'SIGINT');
    await host.line(/host got SIGINT/);

    expect(await isLiving(pid)).toBe(true);
    await writeFile(go, '');
    await host.line(/written/);
    expect(await host.ended).toBe(0);
    expect(await readFile(output, 'utf8')).toBe('whole\n');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'leaves nothing behind when %s ends the program',
    async (signal) => {
      const folder = await mkdtemp(join(directory, `${signal}-`));
      const host = start(
        '',
        join(folder, 'out'),
        'trap "" TERM; printf half > "$1"; sleep 1000 & echo $!; wait',
      );
      const pid = Number(await host.line(/^\d+$/));

      process.kill(host.pid, signal);

      expect(await host.ended).toBe(signal);
      await untilDead(pid);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('leaves nothing behind when the program exits', async () => {
    const folder = await mkdtemp(join(directory, 'exit-'));
    const host = start('exits', join(folder, 'out'), 'printf half > "$1"; sleep 1000 & echo $!; wait');
    const pid = Number(await host.line(/^\d+$/));

    expect(await host.ended).toBe(0);
    await untilDead(pid);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('ProcessWorkerAdapter, where execa cannot be loaded', () => {
  it('says what to install', async () => {
    // A package without an entry stands before any that could be found further up.
    const broken = join(directory, 'node_modules', 'execa');
    await mkdir(broken, { recursive: true });
    await writeFile(join(broken, 'package.json'), '{ "name": "execa", "exports": {} }');

    const host = start('', join(directory, 'never'), 'echo ran');

    expect(await host.line(/./)).toBe(
      "Cannot use ProcessWorkerAdapter: it needs the package 'execa' (npm install execa)",
    );
    await rm(broken, { recursive: true });
  });
});

interface Host {
  readonly pid: number;
  /** The exit code, or the signal. */
  readonly ended: Promise<number | string | null>;
  /** The next line that matches. */
  line(pattern: RegExp): Promise<string>;
}

/** Starts the host in a group of its own, as a terminal does. */
function start(manner: string, output: string, script: string): Host {
  const child: ChildProcess = spawn(process.execPath, [join(directory, 'host.mjs'), manner, output, script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(
    ([code, signal]: (number | string | null)[]) => code ?? signal ?? null,
  );
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    pid: child.pid!,
    ended,
    line: async (pattern) => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`The host ended without a line like ${pattern}`);
        if (pattern.test(value)) return value;
      }
    },
  };
}

async function untilDead(pid: number): Promise<void> {
  await expect.poll(() => isLiving(pid)).toBe(false);
}

/** The dead that nobody has reaped do not live. */
async function isLiving(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  return !/\) [ZX]/.test(state);
}

import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The built command. */
export const command: string = fileURLToPath(new URL('../../dist/cli/main.cjs', import.meta.url));

/** A folder for the PATH with the command in it, as when it is installed. */
export const installed: string = mkdtempSync(join(tmpdir(), 'sluice-bin-'));
symlinkSync(command, join(installed, 'sluice'));
process.once('exit', () => {
  rmSync(installed, { recursive: true });
});

/** How a command ended, and all that it wrote. */
export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command, as a process. */
export class SluiceProcess {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #written = { stdout: '', stderr: '' };

  /** @param variables - of its environment; `undefined` takes one away */
  constructor(
    cwd: string,
    args: readonly string[],
    variables: { readonly [name: string]: string | undefined } = {},
  ) {
    const { PATH = '' } = process.env;
    const env = {
      ...process.env,
      PATH: `${installed}${delimiter}${PATH}`,
      SLUICE_STORE: undefined,
      ACCESSIBLE: undefined,
      FORCE_COLOR: undefined,
      NO_COLOR: undefined,
      ...variables,
    };
    this.#child = spawn(process.execPath, [command, ...args], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 25_000,
      killSignal: 'SIGKILL',
    });
    this.pid = this.#child.pid!;
    for (const name of ['stdout', 'stderr'] as const)
      this.#child[name].setEncoding('utf8').on('data', (text: string) => (this.#written[name] += text));
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({
      code: (code ?? signal) as Ended['code'],
      ...this.#written,
    }));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when it has written what matches to stdout or stderr; rejects if it ends before. */
  async wrote(pattern: RegExp): Promise<void> {
    const hasWritten = (): boolean =>
      pattern.test(this.#written.stdout) || pattern.test(this.#written.stderr);
    let hasEnded = false;
    const ended = this.ended.then(() => (hasEnded = true));
    while (!hasWritten()) {
      if (hasEnded) throw new Error(`it ended without ${String(pattern)}: ${JSON.stringify(this.#written)}`);
      await Promise.race([once(this.#child.stdout, 'data'), once(this.#child.stderr, 'data'), ended]);
    }
  }
}

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

let programDirectory: string;

beforeAll(async () => {
  programDirectory = await mkdtemp(join(tmpdir(), 'sluice-owner-'));
  await build({
    entryPoints: [fileURLToPath(new URL('owner-process.ts', import.meta.url))],
    outfile: join(programDirectory, 'owner.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
}, 30_000);

afterAll(() => rm(programDirectory, { recursive: true, force: true }));

/** A process of `owner-process.ts`, which ends with the running test. Importing this builds it, once a spec file. */
export class OwnerProcess {
  readonly child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(directory: string, leaseMs: number) {
    this.child = spawn(process.execPath, [join(programDirectory, 'owner.mjs'), directory, String(leaseMs)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#answers = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
    onTestFinished(async () => {
      if (this.child.exitCode === null && this.child.signalCode === null) await this.kill();
    });
  }

  async answer(): Promise<string> {
    const { value } = (await this.#answers.next()) as { value: string };
    return value;
  }

  tell(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  async kill(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

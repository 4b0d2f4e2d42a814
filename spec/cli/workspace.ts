import { existsSync, watch } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFileSystem } from '../../lib/node/disk/node-file-system.js';
import { markStore } from '../../lib/node/files/store-marker.js';
import { runsAll } from '../runs-all.js';
import { runInProcess } from './run-in-process.js';
import type { Ended } from './sluice-process.js';
import { SluiceProcess } from './sluice-process.js';

/**
 * Shell that waits in the folder until there is a file `go`. It ends also when the folder is removed, `ran` with it:
 * a process that is killed leaves its shells behind. Whoever runs it has written `ran`.
 */
export const gate = 'until test -e go || test ! -e ran; do sleep 0.02; done';

/** A temporary folder with a store and spec files in it. */
export class Workspace {
  readonly path: string;
  readonly #started: SluiceProcess[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<Workspace> {
    return new Workspace(await mkdtemp(join(tmpdir(), 'sluice-cli-')));
  }

  async remove(): Promise<void> {
    // After a spec that failed; what has ended hears nothing.
    for (const process of this.#started) process.kill('SIGKILL');
    // What a killed process has left running may still write into it.
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Makes a store without jobs, as it is after the last one was deleted. */
  async makeStore(): Promise<void> {
    const store = join(this.path, '.sluice');
    await markStore(nodeFileSystem, store, join(store, 'marker'));
  }

  /** Writes a spec as JSON, which is YAML too. */
  async spec(name: string, content: object): Promise<void> {
    await this.write(name, JSON.stringify(content));
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.path, name), text);
  }

  read(name: string): Promise<string> {
    return readFile(join(this.path, name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  /** The lines of a file, sorted; none if it is not there. */
  async lines(name: string): Promise<readonly string[]> {
    if (!this.has(name)) return [];
    return (await this.read(name))
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  }

  /** Resolves when a file of the folder has so many lines. */
  async grown(name: string, count: number): Promise<void> {
    for await (const _ of changes(this.path)) if ((await this.lines(name)).length >= count) return;
  }

  /** Starts the built command as a process. */
  start(...args: readonly string[]): SluiceProcess {
    const process = new SluiceProcess(this.path, args);
    this.#started.push(process);
    return process;
  }

  /** Runs the built command as a process to its end, with variables of its environment. */
  runWith(
    variables: { readonly [name: string]: string | undefined },
    ...args: readonly string[]
  ): Promise<Ended> {
    return new SluiceProcess(this.path, args, variables).ended;
  }

  /** Runs the command to its end: in this process, or as one of its own in `npm run test:all`. */
  run(...args: readonly string[]): Promise<Ended> {
    return runsAll ? this.start(...args).ended : runInProcess(this.path, args);
  }
}

/** One value at once, and one after each change in the folder. */
async function* changes(path: string): AsyncGenerator<void> {
  let wake = (): void => undefined;
  let hasChanged = true;
  const watcher = watch(path, () => {
    hasChanged = true;
    wake();
  });
  try {
    for (;;) {
      if (!hasChanged) await new Promise<void>((resolve) => (wake = resolve));
      hasChanged = false;
      yield;
    }
  } finally {
    watcher.close();
  }
}

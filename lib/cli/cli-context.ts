import { resolve } from 'node:path';
import { Observable } from 'rxjs';
import type { CliIo, StopSignal } from './cli-io.js';
import { commandPrefix, shellWord } from './command-line/command-prefix.js';
import { JobStore } from './store/job-store.js';

/** What every command works with. */
export interface CliContext {
  readonly io: CliIo;
  readonly store: JobStore;
  /** Hot. While nobody listens, the signals do what they do to any process. */
  readonly signals$: Observable<StopSignal>;
  /** A command line of this program that works where it is read: `npx sluice resume sums --store jobs`. */
  readonly commandLine: (...words: readonly string[]) => string;
}

/**
 * @param directory - what `--store` says, if it is there
 * @param makesStore - whether the command may be the first one that works on a store
 */
export function cliContext(io: CliIo, directory: string | undefined, makesStore: boolean): CliContext {
  const fromEnv = io.env.SLUICE_STORE === '' ? undefined : io.env.SLUICE_STORE;
  const suffix = directory === undefined ? '' : ` --store ${shellWord(directory)}`;
  return {
    io,
    store: new JobStore(resolve(io.cwd, directory ?? fromEnv ?? '.sluice'), { mustExist: !makesStore }),
    signals$: new Observable((subscriber) =>
      io.onSignal((signal) => {
        subscriber.next(signal);
      }),
    ),
    commandLine: (...words) => `${commandPrefix(io)} ${words.map(shellWord).join(' ')}${suffix}`,
  };
}

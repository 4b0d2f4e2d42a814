import { join } from 'node:path';
import { interval, Observable, Subject, takeUntil } from 'rxjs';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import type { SentCommand } from '../../model/job-command.js';
import type { JobDirectory } from './job-directory.js';
import { orAbsent } from '../disk/or-absent.js';
import { removeFile } from '../disk/remove-file.js';
import { parseCommand } from './sent-command-line.js';

/** How long a command can wait where the system does not tell of changes. */
const lookEveryMs = 250;
/** How many looks in a row may fail before that is an error: 5 seconds. */
const toleratedFailures = 20;

const commandPattern = /^\d{16}-[0-9a-f-]{36}\.json$/;

/** The inbox of a job as its owner reads it. */
export class JobInbox {
  readonly #directory: JobDirectory;
  readonly #assertOwned: () => Promise<void>;
  /** Emitted, and perhaps not removed yet. */
  readonly #taken = new Set<string>();
  readonly #closed$ = new Subject<void>();
  #looking: Promise<unknown> = Promise.resolve();

  /**
   * @param assertOwned - rejects when the job is no longer the caller's
   */
  constructor(directory: JobDirectory, assertOwned: () => Promise<void>) {
    this.#directory = directory;
    this.#assertOwned = assertOwned;
  }

  /** The commands that wait, then each later one. Completes with `close()`. */
  commands(): Observable<SentCommand> {
    const commands$ = new Observable<SentCommand>((subscriber) => {
      let isLooking = false;
      let isStale = false;
      let failures = 0;
      const look = async (): Promise<void> => {
        isStale = true;
        if (isLooking) return;
        isLooking = true;
        while (isStale && !subscriber.closed) {
          isStale = false;
          const take = (): Promise<void> =>
            this.#take(
              (command) => {
                subscriber.next(command);
              },
              () => subscriber.closed,
            );
          this.#looking = this.#looking.then(take, take);
          try {
            await this.#looking;
            failures = 0;
          } catch (error) {
            failures += 1;
            if (isSluiceError(error) || failures > toleratedFailures) subscriber.error(error);
          }
        }
        isLooking = false;
      };
      const begin = async (): Promise<void> => {
        // A missing directory cannot be watched. The sender of the first command makes it.
        await this.#directory.makeInbox().catch(() => undefined);
        if (!subscriber.closed) subscriber.add(this.#watch(() => void look()));
        await look();
      };
      subscriber.add(interval(lookEveryMs).subscribe(() => void look()));
      void begin();
    });
    return commands$.pipe(takeUntil(this.#closed$));
  }

  /** Ends what `commands()` has given out, and waits until what was emitted has been removed. */
  async close(): Promise<void> {
    this.#closed$.next();
    await Promise.allSettled([this.#looking]);
  }

  async #take(emit: (command: SentCommand) => void, isLeft: () => boolean): Promise<void> {
    const { fileSystem, inbox } = this.#directory;
    const names = await this.#directory.inboxNames();
    await this.#assertOwned();
    for (const name of names.filter((file) => commandPattern.test(file)).sort()) {
      if (isLeft()) return;
      const path = join(inbox, name);
      if (!this.#taken.has(name)) {
        const status = await orAbsent(fileSystem.stat(path));
        const content = status?.isFile() === true ? await orAbsent(fileSystem.readFile(path)) : undefined;
        if (!status || isLeft()) continue;
        const command = content && parseCommand(content);
        if (!command) {
          // It must neither stop the job nor be lost to whoever looks for what is wrong.
          await fileSystem.rename(path, `${path}.damaged`);
          continue;
        }
        this.#taken.add(name);
        emit(command);
      }
      // After it was emitted: what an owner gets that has lost the job stays for the one who has it.
      await this.#assertOwned();
      await removeFile(fileSystem, path);
      this.#taken.delete(name);
    }
  }

  #watch(changed: () => void): () => void {
    try {
      const watch = this.#directory.fileSystem.watch?.(this.#directory.inbox, changed);
      return () => watch?.close();
    } catch {
      // No more watches to be had, or none at all on this system: then looking now and then must do.
      return () => undefined;
    }
  }
}

import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { SentCommand } from '../../model/job-command.js';
import { ringBell } from '../watch/command-bell.js';
import { leaveCommand } from './leave-command.js';
import { assertSentCommand } from './sent-command-line.js';
import type { StoreCalls } from './store-calls.js';
import type { StoreDirectory } from './store-directory.js';

/** Sends commands, each after the one before: so they arrive in the order of the calls. */
export class CommandSender {
  readonly #store: StoreDirectory;
  readonly #calls: StoreCalls;
  #sending: Promise<unknown> = Promise.resolve();

  constructor(store: StoreDirectory, calls: StoreCalls) {
    this.#store = store;
    this.#calls = calls;
  }

  /**
   * @throws JobNotFoundError if there is no such job
   * @throws TypeError if it is not a command
   */
  async send(jobId: string, command: SentCommand): Promise<void> {
    assertSentCommand(command);
    const leave = (): Promise<void> =>
      this.#calls.of(jobId, async () => {
        const directory = this.#store.find(jobId);
        if (!directory) throw new JobNotFoundError({ jobId });
        await leaveCommand(directory, command);
        await ringBell(this.#store);
      });
    const sent = this.#sending.then(leave, leave);
    this.#sending = sent;
    await sent;
  }
}

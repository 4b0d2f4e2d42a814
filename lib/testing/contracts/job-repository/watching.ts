import type { ObservableInput, Subscription } from 'rxjs';
import { firstValueFrom, from, map, race, Subject, timer } from 'rxjs';

/** Somebody who listens for changes. */
export class Watching {
  readonly #told: (string | undefined)[] = [];
  readonly #told$ = new Subject<void>();
  readonly #subscription: Subscription;
  readonly #patienceMs: number;
  #error: unknown = undefined;

  constructor(changes: ObservableInput<string | undefined>, patienceMs: number) {
    this.#patienceMs = patienceMs;
    this.#subscription = from(changes).subscribe({
      next: (jobId) => {
        this.#told.push(jobId);
        this.#told$.next();
      },
      error: (error: unknown) => {
        this.#error = error;
        this.#told$.next();
      },
    });
  }

  /** The ids that were told. */
  get ids(): readonly string[] {
    return this.#told.filter((jobId) => jobId !== undefined);
  }

  /** Resolves when the repository listens, which it says first. */
  async begun(): Promise<void> {
    await this.#until(() => this.#told.length > 0, 'that it listens');
    if (this.#told[0] !== undefined)
      throw new Error(`watch() must say first that it listens, received '${this.#told[0]}'`);
  }

  /** Resolves when each of these has been told, or that any of them may have changed. */
  async told(...jobIds: readonly string[]): Promise<void> {
    for (const jobId of jobIds) {
      const isTold = (): boolean => this.#told.slice(1).some((told) => told === jobId || told === undefined);
      await this.#until(isTold, `of '${jobId}'`);
    }
  }

  /** Looks at each emission of the watch, until it finds what the test waits for. */
  async looked(look: () => Promise<boolean>, what: string): Promise<void> {
    for (let seen = 0; ;) {
      const before = this.#told.length;
      if (before > seen && (await look())) return;
      seen = before;
      await this.#until(() => this.#told.length > before, what);
    }
  }

  leave(): void {
    this.#subscription.unsubscribe();
  }

  async #until(isEnough: () => boolean, what: string): Promise<void> {
    while (!isEnough()) {
      if (this.#error !== undefined) throw new Error('watch() must not fail', { cause: this.#error });
      const late$ = timer(this.#patienceMs).pipe(map(() => 'late'));
      const next = await firstValueFrom(race(this.#told$.pipe(map(() => 'told')), late$));
      if (next === 'late')
        throw new Error(`watch() must tell ${what}, received [${this.#told.map(String).join(', ')}]`);
    }
  }
}

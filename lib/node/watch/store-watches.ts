import type { Observable } from 'rxjs';
import { concat, finalize, map, NEVER, of, ReplaySubject, share, takeUntil } from 'rxjs';
import { DirectoryNotices } from './directory-notices.js';
import type { StoreDirectory } from '../files/store-directory.js';
import type { WatchSettings } from './watched-job.js';
import { watchedJob } from './watched-job.js';
import { watchedStore } from './watched-store.js';

/**
 * How many directories the system is asked to watch for one repository: into the others it is looked now and
 * then.
 */
const watchesAtOnce = 256;

/** Who watches a store, and its jobs. */
export class StoreWatches {
  readonly #store: StoreDirectory;
  readonly #settings: WatchSettings;
  /** What is watched now: all who watch a job share one stream. */
  readonly #jobs = new Map<string, Observable<unknown>>();
  readonly #closed$ = new ReplaySubject<void>(1);

  /** @param everyMs - how often it is looked in any case */
  constructor(store: StoreDirectory, everyMs: number) {
    this.#store = store;
    this.#settings = {
      notices: new DirectoryNotices(store.fileSystem, watchesAtOnce),
      storePath: store.path,
      everyMs,
    };
  }

  /** See `JobRepository.watch`. */
  watch(jobId: string | undefined): Observable<string | undefined> {
    const changes$ =
      jobId === undefined
        ? watchedStore(this.#store, this.#settings, (id) => this.#job(id))
        : this.#job(jobId).pipe(map((_, count) => (count === 0 ? undefined : jobId)));
    return changes$.pipe(takeUntil(this.#closed$));
  }

  /** Ends all of them. */
  close(): void {
    this.#closed$.next();
  }

  #job(jobId: string): Observable<unknown> {
    const directory = this.#store.find(jobId);
    // There is no such job, and never will be.
    if (!directory) return concat(of(undefined), NEVER);
    const shared$ = this.#jobs.get(jobId);
    if (shared$ !== undefined) return shared$;
    const watched$ = watchedJob(directory, this.#settings).pipe(
      finalize(() => this.#jobs.delete(jobId)),
      share({ connector: () => new ReplaySubject(1) }),
    );
    this.#jobs.set(jobId, watched$);
    return watched$;
  }
}

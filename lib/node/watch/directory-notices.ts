import { EMPTY, finalize, Observable, share } from 'rxjs';
import type { DirectoryWatch, FileSystem } from '../disk/file-system.js';

/** Tells that something has changed in a directory: one watch a directory, however many listen. */
export class DirectoryNotices {
  readonly #fileSystem: FileSystem;
  readonly #limit: number;
  readonly #shared = new Map<string, Observable<void>>();

  /** @param limit - how many directories are watched at a time; the system has a limit, too */
  constructor(fileSystem: FileSystem, limit: number) {
    this.#fileSystem = fileSystem;
    this.#limit = limit;
  }

  /**
   * Emits whenever the system tells of a change in the directory, from the moment of the subscription on.
   * Completes at once where it cannot: too many are watched, the system has no watch left (`ENOSPC`,
   * `EMFILE`), or the directory is not there.
   */
  of(path: string): Observable<void> {
    const shared$ = this.#shared.get(path);
    if (shared$ !== undefined) return shared$;
    if (this.#shared.size >= this.#limit) return EMPTY;
    const notices$ = this.#watch(path).pipe(
      finalize(() => this.#shared.delete(path)),
      share(),
    );
    this.#shared.set(path, notices$);
    return notices$;
  }

  #watch(path: string): Observable<void> {
    return new Observable((subscriber) => {
      let watch: DirectoryWatch | undefined;
      try {
        watch = this.#fileSystem.watch?.(path, () => {
          subscriber.next();
        });
      } catch {
        // Whoever listens looks by itself now and then, in any case.
      }
      if (watch === undefined) subscriber.complete();
      return () => watch?.close();
    });
  }
}

import type { FileSystem } from '../disk/file-system.js';

/** Where a {@link FileJobRepository} keeps its jobs, and how sure it makes. */
export interface FileJobRepositoryOptions {
  /**
   * The store: a directory, made when the first job is created. Everything in it that is named like a job id
   * is taken for a job.
   */
  readonly directory: string;
  /**
   * Whether calls that create no job refuse a path at which no store is yet (`NOT_A_STORE`). Without it they find no jobs
   * there, as a program wants it that looks for jobs to recover when it is started for the first time.
   *
   * @defaultValue `false`
   */
  readonly mustExist?: boolean | undefined;
  /**
   * `never`: what was stored survives the death of the process. `batch`: also the loss of power; each save
   * waits for the disk.
   *
   * @defaultValue `'never'`
   */
  readonly fsync?: 'never' | 'batch' | undefined;
  /**
   * Makes every call to the disk.
   *
   * @defaultValue the disk
   */
  readonly fileSystem?: FileSystem | undefined;
}

import { resolve } from 'node:path';
import { assertMs } from '../../errors/assert-option.js';
import type { FileSystem } from '../disk/file-system.js';
import { nodeFileSystem } from '../disk/node-file-system.js';

/** Where a {@link FileJobRepository} keeps its jobs, and how sure it makes. */
export interface FileJobRepositoryOptions {
  /**
   * The store: a directory, made when the first job is created. Everything in it that is named like a job id
   * is taken for a job.
   */
  readonly directory: string;
  /**
   * Whether calls that create no job refuse a path at which no store is yet (`NOT_A_STORE`). Without it they
   * find no jobs there, as a program wants it that looks for jobs to recover when it is started for the first
   * time.
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
   * How often `watch` looks at what is watched, in ms: 1 or more. Where the system tells of changes, it looks
   * at once as well.
   *
   * @defaultValue 500
   */
  readonly watchIntervalMs?: number | undefined;
  /**
   * Makes every call to the disk.
   *
   * @defaultValue the disk
   */
  readonly fileSystem?: FileSystem | undefined;
}

/** The options, with what is left out. */
export interface FileJobRepositorySettings {
  readonly path: string;
  readonly mustExist: boolean;
  readonly synced: boolean;
  readonly watchIntervalMs: number;
  readonly fileSystem: FileSystem;
}

/**
 * @throws TypeError if `directory` is not a path, or `fsync` is neither of its values
 * @throws RangeError if `watchIntervalMs` is not a number of ms from 1 on
 */
export function fileJobRepositorySettings({
  directory,
  fsync = 'never',
  mustExist = false,
  watchIntervalMs = 500,
  fileSystem = nodeFileSystem,
}: FileJobRepositoryOptions): FileJobRepositorySettings {
  if (typeof directory !== 'string' || directory === '') {
    throw new TypeError(
      `Cannot keep jobs in files: 'directory' must be a path, received ${JSON.stringify(directory) ?? 'undefined'}`,
    );
  }
  if (fsync !== 'never' && fsync !== 'batch') {
    throw new TypeError(
      `Cannot keep jobs in files: 'fsync' must be 'never' or 'batch', received ${JSON.stringify(fsync)}`,
    );
  }
  assertMs('keep jobs in files', 'watchIntervalMs', watchIntervalMs, 1);
  return { path: resolve(directory), mustExist, synced: fsync === 'batch', watchIntervalMs, fileSystem };
}

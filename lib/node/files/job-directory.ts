import { join } from 'node:path';
import { CorruptJobError } from '../../errors/corrupt-job-error.js';
import { range } from '../../model/spec/chunk-range.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import { errorCode } from '../disk/error-code.js';
import type { FileSystem } from '../disk/file-system.js';
import { freezeJson } from '../../model/spec/freeze-json.js';
import { formatLines, parseOnlyLine } from '../journal/journal-line.js';
import { storedSnapshot } from '../journal/stored-snapshot.js';
import { orAbsent } from '../disk/or-absent.js';
import { writeAll } from '../disk/write-all.js';

const segmentPattern = /^journal\.(\d{6,})\.ndjson$/;
const leasePattern = /^(lease|renewal)\.(\d{6,})\.(.+)\.json$/;
const ownNames = [
  /^(?:job|spec|checkpoint)\.json$/,
  segmentPattern,
  leasePattern,
  /^inbox$/,
  /\.json\..+\.tmp$/,
];
const formatVersion = 1;

/** Who claimed what. */
export interface EpochClaim {
  readonly epoch: number;
  /** Unique. */
  readonly token: string;
}

/** What `job.json` holds. */
export interface JobRecord {
  /** Orders the jobs of a store, in epoch ms with fractions. */
  readonly created: number;
  /** That of the spec. */
  readonly priority: number;
  /** The first snapshot. */
  readonly snapshot: JobSnapshot;
}

/**
 * The directory of one job: the names in it, and the files that are written as a whole.
 * `docs/journal-format.md` describes them.
 */
export class JobDirectory {
  readonly jobId: string;
  readonly path: string;
  readonly fileSystem: FileSystem;
  /** Whether what is written is to survive the loss of power. */
  readonly synced: boolean;

  constructor(
    jobId: string,
    path: string,
    { fileSystem, synced }: { readonly fileSystem: FileSystem; readonly synced: boolean },
  ) {
    this.jobId = jobId;
    this.path = path;
    this.fileSystem = fileSystem;
    this.synced = synced;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  segment(epoch: number): string {
    return this.file(`journal.${paddedEpoch(epoch)}.ndjson`);
  }

  /** Written once: while it is there, its owner may write. */
  lease({ epoch, token }: EpochClaim): string {
    return this.file(`lease.${paddedEpoch(epoch)}.${token}.json`);
  }

  renewal({ epoch, token }: EpochClaim): string {
    return this.file(`renewal.${paddedEpoch(epoch)}.${token}.json`);
  }

  get checkpoint(): string {
    return this.file('checkpoint.json');
  }

  /** Where commands to the owner wait. */
  get inbox(): string {
    return this.file('inbox');
  }

  /** The newest epoch that was claimed; 0 if there was none. */
  async newestEpoch(): Promise<number> {
    let newest = 0;
    for (const name of await this.fileSystem.readdir(this.path)) {
      const epoch = Number(segmentPattern.exec(name)?.[1] ?? 0);
      if (epoch > newest) newest = epoch;
    }
    return newest;
  }

  /**
   * Something that is the same for as long as this is the same job: deleted and created anew, it has another.
   * `undefined` if there is no job.
   *
   * @throws CorruptJobError if there is a directory that lacks what makes it a job
   */
  async identity(): Promise<string | undefined> {
    const path = this.file('job.json');
    for (;;) {
      const status = await orAbsent(this.fileSystem.stat(path));
      if (status) return `${status.ino}:${status.ctimeMs}`;
      const names = await orAbsent(this.fileSystem.readdir(this.path));
      if (!names) return undefined;
      if (!names.includes('job.json')) throw this.corrupt(path, 'is missing');
    }
  }

  async readRecord(): Promise<JobRecord> {
    const path = this.file('job.json');
    // Jobs of Sluice 0.1 have no priority.
    const {
      format,
      created,
      priority = 0,
      snapshot,
    } = await this.#readOnly<Omit<JobRecord, 'priority'> & { readonly format: number; priority?: number }>(
      path,
    );
    if (format !== formatVersion)
      throw this.corrupt(
        path,
        `is of format ${String(format)}, this version of Sluice reads ${formatVersion}`,
      );
    // On a disk that does not tell 'A' from 'a', or when a directory was copied.
    if (snapshot.id !== this.jobId) throw this.corrupt(path, `is of job '${snapshot.id}'`);
    return {
      created,
      priority,
      snapshot: storedSnapshot(snapshot),
    };
  }

  async readSpec(): Promise<StoredSpec> {
    const { spec } = await this.#readOnly<{ readonly spec: StoredSpec }>(this.file('spec.json'));
    const { chunks, ...rest } = spec;
    if (Array.isArray(chunks)) return freezeJson(spec);
    const { total, size } = chunks as { readonly total: number; readonly size: number };
    return Object.freeze({ ...freezeJson(rest), chunks: range(total, size) });
  }

  /** Writes the files that a new job consists of. */
  async writeNew(spec: StoredSpec, record: JobRecord): Promise<void> {
    await this.writeFile(this.file('spec.json'), { spec });
    await this.writeFile(this.file('job.json'), { format: formatVersion, ...record });
    await this.syncDirectory(this.path);
  }

  /** Writes a file of one line, anew. */
  async writeFile(path: string, value: object): Promise<void> {
    const file = await this.fileSystem.open(path, 'w');
    try {
      await writeAll(file, formatLines([value]), 0);
      if (this.synced) await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Replaces a file at once: whoever reads it sees the old line or the new one. */
  async replaceFile(path: string, writer: string, value: object): Promise<void> {
    const temporary = `${path}.${writer}.tmp`;
    await this.writeFile(temporary, value);
    await this.fileSystem.rename(temporary, path);
    await this.syncDirectory(this.path);
  }

  /** Makes the inbox, if it is not there; never the directory that it is in. */
  async makeInbox(): Promise<void> {
    if (await orAbsent(this.fileSystem.stat(this.inbox))) return;
    try {
      await this.fileSystem.mkdir(this.inbox, { recursive: false });
      await this.syncDirectory(this.path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }

  /** Makes created and renamed names survive the loss of power, where the system can. */
  async syncDirectory(path: string): Promise<void> {
    if (!this.synced || process.platform === 'win32') return;
    const directory = await this.fileSystem.open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  /**
   * Takes the right to write from all who claimed this epoch or an earlier one, but for the caller; never
   * from later ones. When it resolves, whoever looks for a lease of theirs finds none.
   */
  async removeLeases({ epoch, token }: EpochClaim): Promise<void> {
    for (const name of await this.fileSystem.readdir(this.path)) {
      const [, , leaseEpoch, leaseToken] = leasePattern.exec(name) ?? [];
      if (leaseEpoch !== undefined && Number(leaseEpoch) <= epoch && leaseToken !== token)
        await this.#remove(name);
    }
  }

  /** Removes files that nothing refers to any more; those that cannot be removed do no harm. */
  async removeLeftOvers(): Promise<void> {
    for (const name of await this.fileSystem.readdir(this.path))
      if (name.endsWith('.tmp')) await this.#remove(name);
  }

  /**
   * Refuses a directory that is no job: one in which nothing, or something else than a job's files, is.
   *
   * @throws CorruptJobError naming what is there
   */
  async assertIsJob(): Promise<void> {
    const names = await this.fileSystem.readdir(this.path);
    const stranger = names.find((name) => !ownNames.some((pattern) => pattern.test(name)));
    if (stranger !== undefined) throw this.corrupt(this.file(stranger), 'is no file of a job');
    if (!names.some((name) => ownNames.some((pattern) => pattern.test(name))))
      throw this.corrupt(this.path, 'holds no file of a job');
  }

  corrupt(place: string, problem: string, options?: ErrorOptions): CorruptJobError {
    return new CorruptJobError({ jobId: this.jobId, place, problem }, options);
  }

  async #remove(name: string): Promise<void> {
    await this.fileSystem.rm(this.file(name), { recursive: false, force: true });
  }

  async #readOnly<T extends object>(path: string): Promise<T> {
    const value = parseOnlyLine(await this.fileSystem.readFile(path));
    if (!value) throw this.corrupt(`${path}:1`, 'is damaged: its checksum does not fit');
    return value as T;
  }
}

function paddedEpoch(epoch: number): string {
  return String(epoch).padStart(6, '0');
}

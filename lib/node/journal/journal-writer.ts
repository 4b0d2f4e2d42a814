import { ConflictError } from '../../errors/conflict-error.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { JobCommit } from '../../model/job-commit.js';
import { reduceJob } from '../../model/reduce-job.js';
import { writeCheckpoint } from './checkpoint.js';
import type { OpenFile } from '../disk/file-system.js';
import type { JobDirectory } from '../files/job-directory.js';
import type { JournalCommit } from './journal-commits.js';
import { formatLines, parseLine } from './journal-line.js';
import type { JournalPosition } from './journal-position.js';
import { orAbsent } from '../disk/or-absent.js';
import type { SegmentFile } from './open-segments.js';
import { readAll } from '../disk/read-all.js';
import { readLines } from '../disk/read-lines.js';
import { writeAll } from '../disk/write-all.js';

const checkpointCommits = 5_000;
const checkpointBytes = 1 << 20;

/** Appends to the segment of one epoch. Its calls must not overlap. */
export class JournalWriter {
  readonly #directory: JobDirectory;
  readonly #segment: SegmentFile;
  readonly #lease: string;
  /** The revision that was taken over: what this writer stored lies after it. */
  readonly #firstRevision: number;
  /** Up to here the contents of the file are known, in bytes. */
  #position: JournalPosition;
  #checkpoint: { readonly bytes: number; readonly revision: number };
  /** Whether a write failed, so that anything may stand behind the position. */
  #unsure = false;

  /**
   * @param position - the end of the header, in the state that was taken over
   * @param segment - the file of that epoch
   */
  constructor(directory: JobDirectory, position: JournalPosition, segment: SegmentFile) {
    this.#directory = directory;
    this.#segment = segment;
    this.#lease = directory.lease(position);
    this.#position = position;
    this.#firstRevision = position.snapshot.revision;
    this.#checkpoint = { bytes: position.bytes, revision: position.snapshot.revision };
  }

  /**
   * Stores commits: those that are stored already are skipped.
   *
   * @throws ConflictError if one does not follow, before any is written; or if the job was taken over or
   * deleted, after
   */
  async append(commits: readonly JobCommit[]): Promise<void> {
    if (this.#unsure) await this.#segment.use((file) => this.#settle(file));
    const fresh = this.#fresh(commits);
    const last = fresh.at(-1);
    if (last) {
      const lines = formatLines(fresh, commitJson);
      this.#unsure = true;
      await this.#segment.use(async (file) => {
        await writeAll(file, lines, this.#position.bytes);
        if (this.#directory.synced) await file.datasync();
      });
      this.#unsure = false;
      this.#position = {
        ...this.#position,
        bytes: this.#position.bytes + lines.length,
        snapshot: last.snapshot,
      };
    }
    // After the write, never before: only so does a successor either read these bytes or has taken the lease
    // away.
    await this.assertOwned();
    const { bytes, snapshot } = this.#position;
    if (
      snapshot.revision - this.#checkpoint.revision >= checkpointCommits ||
      bytes - this.#checkpoint.bytes >= checkpointBytes
    )
      await this.checkpoint();
  }

  /** Makes the next reading short. What is stored does not depend on it, so its failure is none. */
  async checkpoint(): Promise<void> {
    const position = this.#position;
    if (position.snapshot.revision === this.#checkpoint.revision) return;
    // Also when it fails: the next attempt comes when as much has been stored again.
    this.#checkpoint = { bytes: position.bytes, revision: position.snapshot.revision };
    await writeCheckpoint(this.#directory, position).catch(() => undefined);
  }

  /**
   * Makes sure that the lease is still there. Its name is unique, and it is never written a second time: a
   * successor that has removed it, a job that was deleted, and one that was created anew all look the same,
   * and cost one call.
   *
   * @throws ConflictError
   */
  async assertOwned(): Promise<void> {
    if (await this.isOwned()) return;
    const { fileSystem, jobId } = this.#directory;
    const successor = await orAbsent(fileSystem.stat(this.#directory.segment(this.#position.epoch + 1)));
    throw new ConflictError({
      jobId,
      problem: `its lease was lost: ${successor ? 'another owner took the job over' : 'the job was deleted'}`,
    });
  }

  /** Whether the lease is still there. */
  async isOwned(): Promise<boolean> {
    return (await orAbsent(this.#directory.fileSystem.stat(this.#lease))) !== undefined;
  }

  /** The job as it is stored. */
  get snapshot(): JobSnapshot {
    return this.#position.snapshot;
  }

  async close(): Promise<void> {
    await this.#segment.close();
  }

  #fresh(commits: readonly JobCommit[]): readonly JobCommit[] {
    let { revision } = this.#position.snapshot;
    return commits.filter(({ jobId, follows, events, snapshot }) => {
      if (follows >= this.#firstRevision && snapshot.revision <= revision) return false;
      if (follows !== revision) {
        throw new ConflictError({
          jobId,
          problem: `it must follow revision ${revision}, received one that follows ${follows}`,
        });
      }
      if (snapshot.revision !== follows + events.length) {
        throw new ConflictError({
          jobId,
          problem: `${events.length} events after revision ${follows} cannot lead to revision ${snapshot.revision}`,
        });
      }
      revision = snapshot.revision;
      return true;
    });
  }

  /** Finds out what a failed write has left: whole lines are stored, the rest is cut off. */
  async #settle(file: OpenFile): Promise<void> {
    const { size } = await file.stat();
    let { snapshot } = this.#position;
    const bytes = await readLines(file, { from: this.#position.bytes, to: size }, (line) => {
      const commit = parseLine(line) as JournalCommit | undefined;
      if (commit?.revision !== snapshot.revision + (commit?.events.length ?? 0)) return false;
      snapshot = commit.events.reduce(reduceJob, snapshot);
      return true;
    });
    if (size > bytes) await file.truncate(bytes);
    // What a synchronisation failed for may be in the cache and never on the disk: only writing it again
    // makes the next one cover it.
    if (this.#directory.synced && bytes > this.#position.bytes)
      await rewrite(file, this.#position.bytes, bytes);
    this.#position = { ...this.#position, bytes, snapshot };
    this.#unsure = false;
  }
}

async function rewrite(file: OpenFile, from: number, to: number): Promise<void> {
  const kept = Buffer.allocUnsafe(to - from);
  await writeAll(file, kept.subarray(0, await readAll(file, kept, from)), from);
  await file.datasync();
}

/** That of a {@link JournalCommit}. */
function commitJson({ snapshot, events }: JobCommit): string {
  return `{"revision":${snapshot.revision},"events":${JSON.stringify(events)}}`;
}

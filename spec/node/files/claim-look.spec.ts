import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JobManager, pendingSnapshot } from 'sluice';
import type { FileSystem } from 'sluice/node';
import { FileJobRepository, nodeFileSystem } from 'sluice/node';
import { describe, expect, it } from 'vitest';
import { reduceJob } from '../../../lib/model/reduce-job.js';
import { formatLines } from '../../../lib/node/journal/journal-line.js';
import { snapshotVersion } from '../../../lib/node/journal/stored-snapshot.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { runsAll } from '../../runs-all.js';
import { chunkSpec, JobAuthor } from './job-author.js';

/** What is counted is so many calls a job: fewer jobs show the same. */
const endedJobs = runsAll ? 2_000 : 200;
const ownedJobs = runsAll ? 200 : 20;
const commits = 60;

/** Writes down a job that has ended, as its last owner leaves it, but for the journal. */
function leaveEndedJob(store: string, id: string, created: number): void {
  const spec = chunkSpec(id, 0);
  const snapshot = reduceJob(reduceJob(pendingSnapshot(spec, { at: 1 }), { type: 'job-started', at: 2 }), {
    type: 'job-completed',
    at: 3,
  });
  const write = (path: string, line: object): void => {
    writeFileSync(join(store, path), formatLines([line]));
  };
  mkdirSync(join(store, id), { recursive: true });
  mkdirSync(join(store, '.rest'), { recursive: true });
  write(`${id}/spec.json`, { spec });
  write(`${id}/job.json`, { format: 1, created, priority: 0, snapshot });
  write(`.rest/${id}@${created}.0.${snapshot.revision}`, {
    version: snapshotVersion,
    created,
    priority: 0,
    epoch: 0,
    snapshot,
  });
}

/** The disk, with all that is asked of it, and how many bytes of journals are read. */
function countingDisk(): { readonly fileSystem: FileSystem; readonly calls: string[]; journalBytes: number } {
  const calls: string[] = [];
  const counted = {
    calls,
    journalBytes: 0,
    fileSystem: {
      ...nodeFileSystem,
      async open(path, flags) {
        calls.push(`open ${path}`);
        const file = await nodeFileSystem.open(path, flags);
        return {
          ...file,
          async read(...args) {
            const read = await file.read(...args);
            if (path.includes('/journal.')) counted.journalBytes += read.bytesRead;
            return read;
          },
        };
      },
      readFile(path) {
        calls.push(`readFile ${path}`);
        return nodeFileSystem.readFile(path);
      },
      readdir(path) {
        calls.push(`readdir ${path}`);
        return nodeFileSystem.readdir(path);
      },
    } satisfies FileSystem,
  };
  return counted;
}

describe('FileJobRepository, looking for jobs to take among ended ones and those of others', () => {
  it('reads no ended job twice, and of one that is owned who owns it', async () => {
    const directory = temporaryDirectory();
    const others = new FileJobRepository({ directory });
    for (let i = 0; i < ownedJobs; i++) {
      const spec = chunkSpec(`owned-${i}`, commits);
      await others.create(spec, pendingSnapshot(spec, { at: 1 }));
      const author = await JobAuthor.takeOver(others, spec.id);
      await author.save({ type: 'job-started', at: 2 });
      await author.complete(...Array.from({ length: commits }, (_, index) => index));
    }
    for (let i = 0; i < endedJobs; i++) leaveEndedJob(directory, `ended-${i}`, i + 1);
    const disk = countingDisk();
    const repository = new FileJobRepository({ directory, fileSystem: disk.fileSystem });
    const jobs = new JobManager({ repository, kinds: { test: { worker: () => 1 } } });

    expect(await jobs.recover()).toEqual([]);
    disk.calls.length = 0;
    disk.journalBytes = 0;
    expect(await jobs.recover()).toEqual([]);

    expect(disk.calls.filter((call) => call.includes('/ended-'))).toEqual([]);
    const ofAll = disk.calls.filter((call) => !call.includes('/owned-') && !call.includes('/proc/'));
    expect(ofAll.sort()).toEqual([`readdir ${directory}`, `readdir ${join(directory, '.rest')}`]);
    // The names in its directory, the head of its newest segment, its lease, and the renewal of that.
    const ofOwned = disk.calls.filter((call) => call.includes('/owned-'));
    expect(ofOwned).toHaveLength(4 * ownedJobs);
    // One block of each, however long it is.
    expect(disk.journalBytes / ownedJobs).toBeLessThanOrEqual(4_096);
    // What is free among them is found all the same.
    const spec = chunkSpec('free', 1);
    await others.create(spec, pendingSnapshot(spec, { at: 1 }));
    expect((await jobs.recover()).map(({ id }) => id)).toEqual(['free']);
    await jobs.close();
    await others.close();
  }, 120_000);
});

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeFileSystem } from '../../../lib/node/disk/node-file-system.js';
import type { ProcessIdentity } from '../../../lib/node/disk/process-identity.js';
import { currentProcess, isGone } from '../../../lib/node/disk/process-identity.js';

const self = await currentProcess(nodeFileSystem);
const dead = spawnSync(process.execPath, ['-e', '']).pid;
const isKnown = self.boot !== null && self.namespaces !== null && self.start !== null;

const identity = fc.record({
  pid: fc.constantFrom(process.pid, dead, 1),
  host: fc.constantFrom(self.host, 'elsewhere'),
  start: fc.constantFrom(self.start, '1', null),
  boot: fc.constantFrom(self.boot, 'another', null, undefined),
  namespaces: fc.constantFrom(self.namespaces, '4026531836.0', null, undefined),
}) as fc.Arbitrary<ProcessIdentity>;

describe('isGone', () => {
  it('is true only of a process of this host, boot and namespaces that is not there, or was started at another time', async () => {
    await fc.assert(
      fc.asyncProperty(identity, async (suspect) => {
        const { pid, host, start, boot, namespaces } = suspect;
        const isHere =
          isKnown &&
          host === self.host &&
          boot === self.boot &&
          namespaces === self.namespaces &&
          start !== null;
        const isThere = pid === process.pid && start === self.start;
        const gone = await isGone(nodeFileSystem, suspect);

        if (gone) expect(isHere && !isThere).toBe(true);
        if (isHere && (pid === dead || (pid === process.pid && !isThere))) expect(gone).toBe(true);
      }),
      { numRuns: 500, seed: 9 },
    );
  });

  it('is false of a process in another container that has the same host name, whatever runs here', async () => {
    const elsewhere = { ...self, pid: dead, namespaces: '1.1' };

    expect(await isGone(nodeFileSystem, elsewhere)).toBe(false);
  });

  it('is false of a process that a lease of an earlier version names', async () => {
    const { pid, host, start } = { ...self, pid: dead };

    expect(await isGone(nodeFileSystem, { pid, host, start })).toBe(false);
  });

  it('is false where the system tells of neither its start nor its namespaces', async () => {
    const other = { ...nodeFileSystem, readFile: () => Promise.reject(new Error('no /proc')) };
    const there = await currentProcess(other);

    expect(there).toMatchObject({ start: null, boot: null });
    expect(await isGone(other, { ...there, pid: dead })).toBe(false);
  });
});

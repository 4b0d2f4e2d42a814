import type { ContractTest } from 'sluice/testing';
import type { FileJobRepositoryOptions } from 'sluice/node';
import { FileJobRepository, nodeFileSystem } from 'sluice/node';
import { jobRepositoryContract } from 'sluice/testing';
import { describe, it } from 'vitest';
import { runsAll } from '../../runs-all.js';
import { temporaryDirectory } from '../temporary-directory.js';

function contract(options: Partial<FileJobRepositoryOptions> = {}): readonly ContractTest[] {
  const directories = new WeakMap<FileJobRepository, string>();
  return jobRepositoryContract(
    () => {
      const directory = temporaryDirectory();
      const first = new FileJobRepository({ ...options, directory });
      directories.set(first, directory);
      return first;
    },
    {
      second: (first) => new FileJobRepository({ ...options, directory: directories.get(first)! }),
      watches: true,
    },
  );
}

describe('FileJobRepository', () => {
  for (const { name, run } of contract()) it(name, run);
});

describe('FileJobRepository, where the system tells of no changes', () => {
  const { watch: _, ...fileSystem } = nodeFileSystem;
  const tells = contract({ fileSystem, watchIntervalMs: 20 }).filter(({ name }) =>
    /^(tells|never keeps)/.test(name),
  );
  for (const { name, run } of tells) it(name, run);
});

// What differs are a few calls of the disk, which `file-job-repository-disk.spec.ts` looks at in every run.
if (runsAll)
  describe('FileJobRepository with fsync', () => {
    for (const { name, run } of contract({ fsync: 'batch' })) it(name, run);
  });

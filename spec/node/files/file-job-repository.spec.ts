import { FileJobRepository } from 'sluice/node';
import { jobRepositoryContract } from 'sluice/testing';
import { describe, it } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.js';

describe('FileJobRepository', () => {
  for (const { name, run } of jobRepositoryContract(
    () => new FileJobRepository({ directory: temporaryDirectory() }),
  ))
    it(name, run);
});

describe('FileJobRepository with fsync', () => {
  const create = (): FileJobRepository =>
    new FileJobRepository({ directory: temporaryDirectory(), fsync: 'batch' });
  for (const { name, run } of jobRepositoryContract(create)) it(name, run);
});

import { MemoryJobRepository } from 'sluice';
import { jobRepositoryContract } from 'sluice/testing';
import { describe, it } from 'vitest';

describe('MemoryJobRepository', () => {
  for (const { name, run } of jobRepositoryContract(() => new MemoryJobRepository())) it(name, run);
});

import { MemoryJobRepository } from 'sluice';
import { jobRepositoryContract } from 'sluice/testing';
import { describe, it } from 'vitest';

describe('MemoryJobRepository', () => {
  const contract = jobRepositoryContract(() => new MemoryJobRepository(), {
    // All that share its storage share the object.
    second: (first) => first,
    watches: true,
  });
  for (const { name, run } of contract) it(name, run);
});

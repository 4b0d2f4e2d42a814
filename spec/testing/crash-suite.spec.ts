import { MemoryJobRepository } from 'sluice';
import { describe, it } from 'vitest';
import { crashRepository } from '../../lib/testing/crash-repository.js';
import { crashSuite } from '../../lib/testing/crash-suite.js';

describe('MemoryJobRepository, crashed at every write', () => {
  const createStore = () => {
    const kept = new MemoryJobRepository();
    return { open: (crash: Parameters<typeof crashRepository>[1]) => crashRepository(kept, crash) };
  };
  for (const { name, run } of crashSuite({ time: 'virtual', writeMs: 2, createStore })) it(name, run);
});

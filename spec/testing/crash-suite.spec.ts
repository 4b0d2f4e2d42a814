import { MemoryJobRepository } from 'sluice';
import { crashRepository, crashSuite } from 'sluice/testing';
import { describe, it } from 'vitest';

describe('MemoryJobRepository, crashed at every write', () => {
  const createStore = () => {
    const kept = new MemoryJobRepository();
    return { open: (crash: Parameters<typeof crashRepository>[1]) => crashRepository(kept, crash) };
  };
  for (const { name, run } of crashSuite({ time: 'virtual', writeMs: 2, createStore })) it(name, run);
});

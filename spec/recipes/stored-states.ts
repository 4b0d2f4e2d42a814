import type { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';

/** The states of all jobs, as they are stored. */
export function storedStates(repository: MemoryJobRepository): { readonly [id: string]: string } {
  const states: { [id: string]: string } = {};
  repository.list().subscribe(({ id, state }) => {
    states[id] = state;
  });
  return states;
}

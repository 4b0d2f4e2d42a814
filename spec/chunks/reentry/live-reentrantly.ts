import { config } from 'rxjs';
import { runMarbles } from 'sluice/testing';
import { expect } from 'vitest';
import type { ReentrantProgram, RunProgram } from './reentrant-program.js';
import type { ReentrantRun } from './reentrant-run.js';
import { ReentrantWorld } from './reentrant-world.js';

/** Runs a program in virtual time, and fails if a promise is broken. */
export function liveReentrantly(
  program: ReentrantProgram,
  Run: new (world: ReentrantWorld, run: RunProgram) => ReentrantRun,
): void {
  const world = new ReentrantWorld(program);
  world.runs.push(...program.runs.map((run) => new Run(world, run)));
  const before = config.onUnhandledError;
  config.onUnhandledError = (error) => world.problems.push(`unhandled: ${String(error)}`);
  try {
    runMarbles(() => {
      world.live();
    });
  } finally {
    config.onUnhandledError = before;
  }
  world.checkEnd();
  expect(world.problems).toEqual([]);
}

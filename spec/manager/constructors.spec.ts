import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  FunctionWorkerAdapter,
  JobClient,
  JobManager,
  MemoryJobRepository,
  sharedLimit,
} from '../../lib/index.js';
import { FileJobRepository, ProcessWorkerAdapter } from '../../lib/node/index.js';
import { managerSettings } from '../../lib/manager/manager-settings.js';
import { temporaryDirectory } from '../node/temporary-directory.js';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const repository = new MemoryJobRepository();

describe('what is made at the top of a module', () => {
  // There, workerd has no randomness and no timers.
  it.each<[string, () => unknown]>([
    ['JobManager', () => new JobManager({ repository })],
    ['JobClient', () => new JobClient({ repository })],
    ['MemoryJobRepository', () => new MemoryJobRepository()],
    ['FileJobRepository', () => new FileJobRepository({ directory: temporaryDirectory() })],
    ['FunctionWorkerAdapter', () => new FunctionWorkerAdapter(() => 1)],
    ['ProcessWorkerAdapter', () => new ProcessWorkerAdapter({ command: ['true'] })],
    ['sharedLimit', () => sharedLimit(2)],
  ])('%s needs no randomness and no timer', (_, make) => {
    vi.stubGlobal('crypto', undefined);
    for (const name of ['setTimeout', 'setInterval'] as const) vi.stubGlobal(name, undefined);
    vi.spyOn(Math, 'random').mockImplementation(() => {
      throw new Error('there is no randomness');
    });

    expect(make).not.toThrow();
  });
});

describe('managerSettings', () => {
  it('gives a manager without a name one of its own, and the same each time', () => {
    const [one, other] = [managerSettings({ repository }), managerSettings({ repository })];

    expect(one.owner).toMatch(/^manager-[0-9a-f]{4}$/);
    expect(one.owner).toBe(one.owner);
    expect([one.owner, managerSettings({ repository, owner: 'mine' }).owner]).not.toContain(other.owner);
  });
});

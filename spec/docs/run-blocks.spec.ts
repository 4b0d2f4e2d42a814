import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { from, lastValueFrom, mergeMap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { FileJobRepository } from '../../lib/node/files/file-job-repository.js';
import type { CodeBlock } from './code-blocks.js';
import { blocksOfGuides, blocksOfSource } from './code-blocks.js';
import type { BlockRun } from './run-blocks.js';
import { runsAll } from '../runs-all.js';
import { bundleBlocks, isProgram, needsMore, printed } from './run-blocks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const programs = [...blocksOfGuides(root), ...blocksOfSource(root)].filter(
  (block) => block.language === 'ts' && isProgram(block),
);
const placeOf = ({ path, line }: CodeBlock): string => `${path}:${line}`;
const run = programs.filter((block) => !needsMore(block));

describe('the programs in the docs', () => {
  it('are run, but for those that need more than the package', () => {
    expect([...new Set(programs.filter(needsMore).map(({ path }) => path))].sort()).toEqual([
      // Workers of the reader's own: `README.md` and `docs/flow-control.md`. The others are suites for Vitest,
      // Jasmine and Jest; that for node:test is run.
      'README.md',
      'docs/crash-kit.md',
      'docs/flow-control.md',
      'docs/repositories.md',
      'docs/testing-with-marbles.md',
      'docs/write-an-adapter.md',
      'lib/testing/contracts/job-repository-contract.ts',
      'lib/testing/contracts/worker-adapter-contract.ts',
      'lib/testing/crash/crash-point.ts',
      'lib/testing/crash/crash-suite.ts',
    ]);
    expect(run.length).toBeGreaterThan(20);
  });
});

// A process each: not in every run.
if (runsAll)
  describe('each of the programs in the docs', () => {
    let directory: string;
    const runs = new Map<string, BlockRun>();

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'sluice-docs-'));
      // Some of them look at a store that is there.
      const spec = completeSpec({ id: 'stored', kind: 'test', chunks: [1] });
      await lastValueFrom(
        from(
          new FileJobRepository({ directory: join(directory, 'jobs') }).create(
            spec,
            pendingSnapshot(spec, { at: 0 }),
          ),
        ),
        { defaultValue: undefined },
      );
      const runBlock = await bundleBlocks(root, directory, run);
      await lastValueFrom(
        from(run).pipe(mergeMap(async (block) => runs.set(placeOf(block), await runBlock(block)), 2)),
      );
    }, 300_000);

    afterAll(() => rm(directory, { recursive: true, force: true }));

    it.each(run.map((block) => [placeOf(block), block] as const))('%s runs to its end', (place, block) => {
      const { ended, stdout, stderr } = runs.get(place)!;
      expect({ ended, stderr }).toEqual({ ended: 0, stderr: '' });
      const expected = printed(block);
      if (expected !== undefined) expect(stdout.trim().replace(/\s+/g, ' ')).toBe(expected);
    });
  });

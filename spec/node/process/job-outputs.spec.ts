import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { lastValueFrom } from 'rxjs';
import { completeSpec } from '../../../lib/model/spec/job-spec.js';
import { nodeFileSystem } from '../../../lib/node/disk/node-file-system.js';
import { currentProcess } from '../../../lib/node/disk/process-identity.js';
import { JobOutputs } from '../../../lib/node/process/job-outputs.js';
import { helperName } from '../../../lib/node/process/output-helper.js';
import { ProcessWorkerAdapter } from '../../../lib/node/process/process-worker-adapter.js';
import type { ChunkTask } from '../../../lib/ports/worker-adapter.js';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.js';

function outputsOf(...paths: readonly string[]): JobOutputs {
  return new JobOutputs('job', paths.length, (index) => paths[index]!);
}

function copier(folder: string, name: (task: ChunkTask) => string): ProcessWorkerAdapter {
  return new ProcessWorkerAdapter({
    command: ['sh', '-c', 'printf %s "$2" > "$1"', 'sh', '{output}', '{chunk}'],
    cwd: folder,
    output: name,
    result: 'none',
  });
}

async function complete(worker: ProcessWorkerAdapter, index: number): Promise<void> {
  const task = {
    jobId: 'job',
    index,
    chunk: `chunk ${index}`,
    attempt: 1,
    signal: new AbortController().signal,
    report: () => undefined,
    waitUntil: () => undefined,
  };
  await lastValueFrom(worker.execute(task as unknown as ChunkTask), { defaultValue: undefined });
}

describe('JobOutputs.check', () => {
  it('accepts outputs that are another file each', async () => {
    const folder = temporaryDirectory();

    await outputsOf(join(folder, 'a'), join(folder, 'A'), join(folder, 'a.b'), join(folder, 'c/a')).check();
  });

  it.each([
    ['the same name', (folder: string) => [join(folder, 'a'), join(folder, 'a')]],
    ['two ways of writing one letter', (folder: string) => [join(folder, 'é'), join(folder, 'é')]],
    ['a folder and a link to it', (folder: string) => [join(folder, 'real/a'), join(folder, 'link/a')]],
    [
      'a folder in a link that is not made yet',
      (folder: string) => [join(folder, 'real/x/a'), join(folder, 'link/x/a')],
    ],
  ])('refuses two chunks with %s', async (_, pathsIn) => {
    const folder = temporaryDirectory();
    await mkdir(join(folder, 'real'));
    await symlink('real', join(folder, 'link'));

    await expect(outputsOf(...pathsIn(folder)).check()).rejects.toThrow(
      /^Cannot use the output of chunk 1: it must be another file than that of chunk 0, received /,
    );
  });

  it('refuses a file in the place of the folder of another', async () => {
    const folder = temporaryDirectory();

    await expect(outputsOf(join(folder, 'a/b/c'), join(folder, 'a')).check()).rejects.toThrow(
      /^Cannot use the output of chunk 0: its folder must not be the file of chunk 1, received /,
    );
  });

  it.each([
    ['é'.repeat(128), 'must have names of 255 bytes at most, received one of 256'],
    [`${'x/'.repeat(2_100)}y`, /must have 4095 bytes at most, received \d+/],
    ['a\0b', 'must hold no NUL'],
  ])('refuses a name that no file can have', async (name, problem) => {
    const check = outputsOf(`/tmp/${name}`).check();

    await expect(check).rejects.toThrow(problem);
  });

  it('accepts only what is as many files afterwards, whatever the names look like', async () => {
    const part = fc.constantFrom('a', 'A', 'é', 'é', '..', '.', 'link', 'real', 'x y', 'a.b');
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(fc.array(path, { minLength: 1, maxLength: 4 }), async (names) => {
        const root = temporaryDirectory();
        const folder = await mkdtemp(join(root, 'in-'));
        await mkdir(join(folder, 'real'));
        await symlink('real', join(folder, 'link'));
        const before = await filesIn(root);
        const paths = names.map((name) => join(folder, name));
        try {
          await outputsOf(...paths).check();
        } catch {
          return;
        }
        let written = 0;
        for (const path of paths) {
          try {
            await mkdir(join(path, '..'), { recursive: true });
            await writeFile(path, '');
            written += 1;
          } catch {
            // A folder is there: found when it is published, and nothing is overwritten.
          }
        }
        expect((await filesIn(root)) - before).toBe(written);
      }),
      { numRuns: 150, seed: 6 },
    );
  });
});

async function filesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

describe('JobOutputs.assertThere', () => {
  it('names the published files of completed chunks that are gone', async () => {
    const folder = temporaryDirectory();
    const worker = copier(folder, ({ index }) => `${index}.txt`);
    const spec = completeSpec({ id: 'job', kind: 'copy', chunks: [0, 1, 2, 3] });
    for (const index of [0, 1, 2]) await complete(worker, index);
    const snapshot = { completed: [[0, 2]] as const };
    await worker.outputs(spec).assertThere(snapshot);
    await rm(join(folder, '1.txt'));

    await expect(worker.outputs(spec).assertThere(snapshot)).rejects.toMatchObject({
      code: 'OUTPUT_MISSING',
      missing: [{ index: 1, path: join(folder, '1.txt') }],
    });
  });

  it('is refused by a worker that makes no files', () => {
    const worker = new ProcessWorkerAdapter({ command: ['true'] });

    expect(() => worker.outputs(completeSpec({ id: 'job', kind: 'copy', chunks: [0] }))).toThrow(TypeError);
  });
});

describe('the helper files of outputs', () => {
  it('let a name be as long as a file can have it', async () => {
    const folder = temporaryDirectory();
    const name = `${'n'.repeat(251)}.txt`;

    await complete(
      copier(folder, () => name),
      0,
    );

    expect(await readdir(folder)).toEqual([name]);
  });

  it('are never those of a name that is too long: it fails for good before anything runs', async () => {
    const folder = temporaryDirectory();

    await expect(
      complete(
        copier(folder, () => 'n'.repeat(256)),
        0,
      ),
    ).rejects.toMatchObject({
      name: 'RangeError',
      permanent: true,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('that killed processes have left go when a process takes the job over, and those of others stay', async () => {
    const folder = temporaryDirectory();
    const self = await currentProcess(nodeFileSystem);
    const child = spawn('sleep', ['60']);
    const dead = child.pid!;
    child.kill('SIGKILL');
    await once(child, 'exit');
    const helper = (jobId: string, pid: number): string =>
      `${helperName({ jobId, index: 3, attempt: 1, writer: { ...self, pid }, random: '00000000' })}.txt`;
    const living = helper('job', process.pid);
    for (const name of [helper('job', dead), helper('other', dead), living])
      await writeFile(join(folder, name), '');

    await complete(
      copier(folder, () => 'out.txt'),
      0,
    );

    expect((await readdir(folder)).sort()).toEqual([helper('other', dead), living, 'out.txt'].sort());
    await new JobOutputs('other', 1, () => join(folder, 'out.txt')).removeHelpers();
    expect((await readdir(folder)).sort()).toEqual([living, 'out.txt'].sort());
  });
});

/** A stranger's program: run.mjs installs the packed package, and compiles and runs this as an ES module and as CommonJS. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom, from, of, reduce, toArray } from 'rxjs';
import type { ChunkEvent, ChunkTask, JobRepository } from 'sluice';
import { isSluiceError, JobManager, range, runChunks } from 'sluice';
import { FileJobRepository, ProcessWorkerAdapter } from 'sluice/node';
import { runMarbles } from 'sluice/testing';

const hasExeca = process.argv[2] === 'with-execa';

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-consumer-'));
  try {
    await runsChunks();
    await storesJobs(new FileJobRepository({ directory }));
    runsMarbles();
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function runsChunks(): Promise<void> {
  const events: ChunkEvent<number>[] = await firstValueFrom(
    of(1, 2, 3).pipe(
      runChunks((task) => of(task.chunk * 2)),
      toArray(),
    ),
  );
  assert.deepEqual(
    await firstValueFrom(runChunks([1, 2, 3], ({ chunk }) => chunk * 2).pipe(toArray())),
    events,
  );
  assert.deepEqual(
    events.map((event) => event.type),
    ['chunk-completed', 'chunk-completed', 'chunk-completed'],
  );
}

async function storesJobs(repository: JobRepository): Promise<void> {
  const echo = new ProcessWorkerAdapter<{ start: number; end: number }>({
    command: [process.execPath, '-p', '{end} - {start}'],
  });
  const jobs = new JobManager({
    repository,
    kinds: {
      double: { worker: (task: ChunkTask<number>) => task.chunk * 2 },
      echo: { worker: echo, retry: { retries: 0 } },
    },
  });

  // @ts-expect-error -- there is no such kind
  await assert.rejects(jobs.submit({ id: 'tripled', kind: 'triple', chunks: [1] }), { code: 'UNKNOWN_KIND' });
  const doubled = await jobs.submit({ id: 'doubled', kind: 'double', chunks: [1, 2, 3] });
  const result = await doubled.result();
  result.throwIfFailed();
  const sum = result.outcomes$.pipe(
    reduce((total, outcome) => total + (outcome.status === 'completed' ? (outcome.result ?? 0) : 0), 0),
  );
  assert.equal(await firstValueFrom(sum), 12);
  const outcomes = await firstValueFrom(from(repository.outcomes('doubled')).pipe(toArray()));
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status === 'completed' && outcome.result),
    [2, 4, 6],
  );

  const echoed = await (await jobs.submit({ id: 'echoed', kind: 'echo', chunks: range(5, 3) })).result();
  if (hasExeca) {
    echoed.throwIfFailed();
  } else {
    assert.throws(
      () => echoed.throwIfFailed(),
      (error) =>
        isSluiceError(error) && error.code === 'JOB_FAILED' && error.error.code === 'MISSING_DEPENDENCY',
    );
  }
  await jobs.close();
}

function runsMarbles(): void {
  runMarbles(({ cold, expectObservable }) => {
    expectObservable(cold('-a|')).toBe('-a|');
  });
}

main().then(
  () =>
    console.log(
      `ok: ${typeof require === 'undefined' ? 'ES module' : 'CommonJS'}, execa is ${hasExeca ? 'there' : 'not there'}`,
    ),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);

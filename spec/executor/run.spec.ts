import { NEVER, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { JobExecutor } from '../../lib/executor/job-executor.js';
import { run } from '../../lib/executor/run.js';

const spec = { id: 'job', kind: 'test', chunks: [10, 20, 30] };

describe('run', () => {
  it('resolves with the outcomes in the order of the chunks', async () => {
    const { outcomes, ...counts } = await run(spec, {
      worker: ({ chunk, index }) => timer(3 - index).pipe(() => of(chunk * 2)),
    });
    expect(counts).toEqual({ totalChunks: 3, completedChunks: 3, failedChunks: 0 });
    expect(outcomes).toMatchObject([
      { status: 'completed', index: 0, attempt: 1, result: 20 },
      { status: 'completed', index: 1, attempt: 1, result: 40 },
      { status: 'completed', index: 2, attempt: 1, result: 60 },
    ]);
  });

  it('counts failures that are tolerated', async () => {
    const worker = ({ index }: { index: number }) =>
      index === 1 ? throwError(() => new Error('no')) : of(1);
    const { completedChunks, failedChunks, outcomes } = await run(spec, {
      worker,
      retry: { retries: 0 },
      tolerate: { failedChunks: 1 },
    });
    expect([completedChunks, failedChunks]).toEqual([2, 1]);
    expect(outcomes[1]).toMatchObject({ status: 'failed', index: 1, error: { message: 'no' } });
  });

  it('rejects with the failure of the job', async () => {
    const cause = new Error('no');
    const result = run(spec, { worker: () => Promise.reject(cause), retry: { retries: 0 } });
    await expect(result).rejects.toMatchObject({ code: 'JOB_FAILED', cause });
  });

  it('rejects with the reason of the signal, once the work has stopped', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let hasStopped = false;
    const result = run(spec, {
      worker: (task) => {
        task.signal.addEventListener('abort', () => {
          task.waitUntil(
            timer(5).pipe(() => {
              hasStopped = true;
              return of(0);
            }),
          );
        });
        return NEVER;
      },
      signal: controller.signal,
    });
    controller.abort(reason);
    await expect(result).rejects.toBe(reason);
    expect(hasStopped).toBe(true);
  });

  it('starts nothing when the signal has aborted before', async () => {
    let calls = 0;
    const result = run(spec, { worker: () => of(++calls), signal: AbortSignal.abort('enough') });
    await expect(result).rejects.toBe('enough');
    expect(calls).toBe(0);
  });

  it('rejects for a bad spec and for bad options', async () => {
    await expect(run({ ...spec, id: 'no id' }, { worker: () => of(1) })).rejects.toMatchObject({
      code: 'INVALID_SPEC',
    });
    await expect(run(spec, { worker: () => of(1), concurrency: 0 })).rejects.toThrow(RangeError);
  });
});

describe('JobExecutor', () => {
  it('runs many specs with one set of options', async () => {
    const doubles = new JobExecutor({ worker: (task: { chunk: number }) => task.chunk * 2, concurrency: 1 });
    const { outcomes } = await doubles.run(spec);
    expect(outcomes.map((outcome) => outcome.status === 'completed' && outcome.result)).toEqual([20, 40, 60]);

    const types: string[] = [];
    doubles.execute({ kind: 'test', chunks: [1] }).subscribe(({ type }) => types.push(type));
    expect(types).toEqual(['job-started', 'chunk-completed', 'job-completed']);
  });

  it('lets a run differ from its options', async () => {
    const seen: number[] = [];
    const doubles = new JobExecutor({ worker: (task: { chunk: number }) => task.chunk * 2 });
    await doubles.run(spec, { onProgress: (completed) => seen.push(completed) });
    expect(seen).toEqual([1, 2, 3]);
  });
});

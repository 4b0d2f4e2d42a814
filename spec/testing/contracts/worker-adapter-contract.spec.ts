import { NEVER, Observable, of, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ChunkTask, WorkerAdapter } from '../../../lib/ports/worker-adapter.js';
import type { WorkerAdapterSubject } from '../../../lib/testing/contracts/worker-adapter/worker-adapter-subject.js';
import { workerAdapterContract } from '../../../lib/testing/contracts/worker-adapter-contract.js';
import { FunctionWorkerAdapter } from '../../../lib/workers/function-worker-adapter.js';

type Chunk = 'good' | 'bad' | 'endless';

/** Work that takes time to stop, and that can be looked at. */
class Workshop {
  running = 0;

  readonly observe = (task: ChunkTask<Chunk>): Observable<string> =>
    new Observable((subscriber) => {
      this.running += 1;
      if (task.chunk === 'good') {
        subscriber.next('first');
        subscriber.next('done');
        subscriber.complete();
      }
      if (task.chunk === 'bad') subscriber.error(new Error('no'));
      return () => {
        if (task.chunk === 'endless') task.waitUntil(this.#stop());
        else this.running -= 1;
      };
    });

  readonly promise = async (task: ChunkTask<Chunk>): Promise<string> => {
    this.running += 1;
    try {
      if (task.chunk === 'bad') throw new Error('no');
      if (task.chunk === 'endless')
        await new Promise((_, reject) => {
          task.signal.addEventListener('abort', reject);
        });
      return 'done';
    } finally {
      this.running -= 1;
    }
  };

  #stop(): Observable<unknown> {
    return new Observable((subscriber) => {
      const stopping = timer(20).subscribe(() => {
        this.running -= 1;
        subscriber.complete();
      });
      return stopping;
    });
  }
}

function subject(
  given: Partial<WorkerAdapterSubject<Chunk, string>> &
    Pick<WorkerAdapterSubject<Chunk, string>, 'create' | 'running'>,
): WorkerAdapterSubject<Chunk, string> {
  return { succeeds: 'good', result: 'done', fails: 'bad', hangs: 'endless', attemptTimeoutMs: 50, ...given };
}

describe('FunctionWorkerAdapter of Observables', () => {
  const workshop = new Workshop();
  const contract = workerAdapterContract(
    subject({ create: () => new FunctionWorkerAdapter(workshop.observe), running: () => workshop.running }),
  );

  for (const { name, run } of contract) it(name, run);
});

describe('FunctionWorkerAdapter of Promises', () => {
  const workshop = new Workshop();
  const contract = workerAdapterContract(
    subject({ create: () => new FunctionWorkerAdapter(workshop.promise), running: () => workshop.running }),
  );

  for (const { name, run } of contract) it(name, run);
});

describe('workerAdapterContract', () => {
  it('finds an adapter that does not wait for its work to stop', async () => {
    const workshop = new Workshop();
    const hasty = hastyAdapter(workshop);
    expect(await broken({ create: () => hasty, running: () => workshop.running })).toEqual(
      [
        'has stopped its work when the job is cancelled',
        'has stopped its work when the job is paused, and runs it again when it is resumed',
        'has stopped its work when another chunk has failed the job',
        'has stopped an attempt that ran out of time before the next one at its chunk starts',
        'runs several attempts at a time',
      ].sort(),
    );
  });

  it('lets an adapter that can only ask its work to stop start the next attempt before it has', async () => {
    const workshop = new Workshop();
    expect(
      await broken({ create: () => hastyAdapter(workshop), running: () => workshop.running, stops: 'asked' }),
    ).toEqual([]);
  });

  it('finds an adapter that asks its work to stop in vain', async () => {
    let running = 0;
    const deaf: WorkerAdapter<Chunk, string> = {
      execute: () => {
        running += 1;
        return NEVER;
      },
    };
    const names = await broken(
      { create: () => deaf, running: () => running, patienceMs: 50, stops: 'asked' },
      /is cancelled|is left/,
    );
    expect(names).toEqual([
      'has stopped its work when the job is cancelled',
      'stops its work when the stream is left',
    ]);
  });

  it('disposes of the adapter after each test', async () => {
    const workshop = new Workshop();
    const adapter = new FunctionWorkerAdapter(workshop.observe);
    const disposed: unknown[] = [];
    const [test] = workerAdapterContract(
      subject({
        create: () => adapter,
        running: () => workshop.running,
        dispose: (used) => void disposed.push(used),
      }),
    );
    await test!.run();
    expect(disposed).toEqual([adapter]);
  });

  it('finds an adapter that never stops its work', async () => {
    let running = 0;
    const deaf: WorkerAdapter<Chunk, string> = {
      execute: () => {
        running += 1;
        return NEVER;
      },
    };
    const names = await broken(
      { create: () => deaf, running: () => running, patienceMs: 50 },
      /is cancelled|is left/,
    );

    expect(names).toEqual([
      'has stopped its work when the job is cancelled',
      'stops its work when the stream is left',
    ]);
  });

  it('finds an adapter that takes a failure for a success', async () => {
    const workshop = new Workshop();
    const rosy: WorkerAdapter<Chunk, string> = {
      execute: (task) => (task.chunk === 'bad' ? of('fine') : workshop.observe(task)),
    };

    expect(
      await broken(
        { create: () => rosy, running: () => workshop.running, patienceMs: 100 },
        /failure|has failed/,
      ),
    ).toEqual([
      'has nothing left running when the job has failed',
      'has stopped its work when another chunk has failed the job',
      'makes a failure a failed attempt with an error that says why, and counts attempts from 1',
    ]);
  });

  it('finds an adapter with another result', async () => {
    const workshop = new Workshop();
    const names = await broken(
      {
        create: () => new FunctionWorkerAdapter(workshop.observe),
        running: () => workshop.running,
        result: 'other',
      },
      /result/,
    );

    expect(names).toEqual(['completes a chunk with its result']);
  });
});

/** Lets its work stop by itself, and waits for nothing. */
function hastyAdapter(workshop: Workshop): WorkerAdapter<Chunk, string> {
  return {
    execute: (task) =>
      workshop.observe({
        ...task,
        index: task.index,
        chunk: task.chunk,
        waitUntil: (input) => {
          (input as Observable<unknown>).subscribe();
        },
      }),
  };
}

/** The names of the tests that the subject does not pass. */
async function broken(given: Parameters<typeof subject>[0], only = /./): Promise<string[]> {
  const names: string[] = [];
  for (const { name, run } of workerAdapterContract(subject({ patienceMs: 1_000, ...given }))) {
    if (only.test(name)) await run().catch(() => names.push(name));
  }
  return names.sort();
}

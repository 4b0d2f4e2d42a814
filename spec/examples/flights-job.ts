import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { concatMap, from, lastValueFrom, toArray } from 'rxjs';
import type { JobKind, JobMerge, JobResult, RangeChunk } from '../../lib/index.js';
import { JobManager, range } from '../../lib/index.js';
import { FileJobRepository, ProcessWorkerAdapter } from '../../lib/node/index.js';

const flights = (file: string): string =>
  fileURLToPath(new URL(`../../docs/examples/flights/${file}`, import.meta.url));

/** The main job, at the API instead of the command: the same scripts, another cut. */
export interface FlightsJob {
  /** The folder of the example; a program that was built elsewhere has to say. */
  readonly folder?: string | undefined;
  /** Where the job is stored. */
  readonly store: string;
  /** Where the merge writes. */
  readonly out: string;
  /** A JSON array of flights. @defaultValue all of them */
  readonly data?: string | undefined;
  readonly rows: number;
  readonly rowsOfChunk: number;
  readonly concurrency: number;
  readonly onProgress?: ((completedChunks: number) => void) | undefined;
}

/** Runs the job, or goes on with it. */
export async function runFlightsJob({
  folder = flights(''),
  store,
  out,
  data,
  rows,
  rowsOfChunk,
  concurrency,
  onProgress,
}: FlightsJob): Promise<JobResult> {
  const kind: JobKind<RangeChunk> = {
    worker: new ProcessWorkerAdapter<RangeChunk, unknown>({
      command: [
        process.execPath,
        'summarize-flights.mjs',
        '--start',
        '{start}',
        '--end',
        '{end}',
        ...(data === undefined ? [] : ['--data', data]),
      ],
      cwd: folder,
      parse: (line) => JSON.parse(line) as unknown,
    }),
    concurrency,
    onProgress,
    merge: mergeWith([process.execPath, 'merge-flights.mjs', '--rows', String(rows), '--out', out], folder),
  };
  const jobs = new JobManager({
    repository: new FileJobRepository({ directory: store }),
    kinds: { flights: kind },
  });
  try {
    const job = await jobs.submit({ id: 'flights', kind: 'flights', chunks: range(rows, rowsOfChunk) });
    return await job.result();
  } finally {
    await jobs.close();
  }
}

/** Merges by a program that reads the outcomes from stdin, a line each. */
function mergeWith([program, ...args]: readonly [string, ...string[]], cwd: string): JobMerge {
  return ({ outcomes$ }) =>
    outcomes$.pipe(
      toArray(),
      concatMap((outcomes) =>
        from(
          (async () => {
            const child = spawn(program, args, { cwd, stdio: ['pipe', 'inherit', 'inherit'] });
            const exit = once(child, 'exit');
            await pipeline(
              Readable.from(outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`)),
              child.stdin,
            );
            const [code] = (await exit) as [number | null];
            if (code !== 0)
              throw new Error(`Cannot merge flights: the exit code must be 0, received ${String(code)}`);
          })(),
        ),
      ),
    );
}

/** What the repository has stored of the job's outcomes. */
export function storedOutcomes(store: string): Promise<unknown[]> {
  return lastValueFrom(from(new FileJobRepository({ directory: store }).outcomes('flights')).pipe(toArray()));
}

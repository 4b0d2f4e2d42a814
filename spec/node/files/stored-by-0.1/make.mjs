// Makes the store beside this file: a job in each state, as Sluice 0.1 stored them. Run once, with the built
// package of that version (commit 6887764): node make.mjs /path/to/its/checkout
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const checkout = process.argv[2];
if (checkout === undefined) throw new Error('Cannot make the store: give the checkout of the version');
const load = (path) => import(pathToFileURL(join(checkout, 'dist', path)).href);
const { completeSpec, pendingSnapshot, reduceJob } = await load('index.js');
const { FileJobRepository } = await load('node/index.js');

const directory = join(import.meta.dirname, 'store');
await rm(directory, { recursive: true, force: true });
const repository = new FileJobRepository({ directory });
const error = { name: 'Error', message: 'no such row', code: 'E_ROW' };
const at = Date.UTC(2026, 10, 22);

const started = [
  { type: 'job-started', at: at + 1 },
  { type: 'chunk-completed', index: 0, attempt: 1, result: 'zero', at: at + 2 },
  { type: 'chunk-retrying', index: 1, attempt: 1, error, dueAt: at + 50, at: at + 3 },
  { type: 'chunk-completed', index: 2, attempt: 1, at: at + 4 },
];
const oneFailed = { type: 'chunk-failed', index: 1, attempt: 2, error, at: at + 5 };
const rest = [1, 3].map((index) => ({
  type: 'chunk-completed',
  index,
  attempt: 2,
  result: { index },
  at: at + 6,
}));
const eventsTo = {
  pending: [],
  running: started,
  merging: [...started, ...rest, { type: 'job-merging', at: at + 7 }],
  pausing: [...started, { type: 'job-pausing', at: at + 7 }],
  paused: [...started, { type: 'job-pausing', at: at + 7 }, { type: 'job-paused', at: at + 8 }],
  cancelling: [...started, { type: 'job-cancelling', at: at + 7 }],
  failing: [...started, oneFailed, { type: 'job-failing', error, at: at + 7 }],
  completed: [...started, ...rest, { type: 'job-completed', at: at + 7 }],
  failed: [
    ...started,
    oneFailed,
    { type: 'job-failing', error, at: at + 7 },
    { type: 'job-failed', error, at: at + 8 },
  ],
  cancelled: [...started, { type: 'job-cancelling', at: at + 7 }, { type: 'job-cancelled', at: at + 8 }],
};
/** States of which the owner has given the job back; of the others it died. */
const released = new Set(['paused', 'completed', 'failed', 'cancelled']);

for (const [state, events] of Object.entries(eventsTo)) {
  const spec = completeSpec({ id: state, kind: 'rows', chunks: ['a', 'b', 'c', 'd'], metadata: { state } });
  let snapshot = pendingSnapshot(spec, { at });
  await repository.create(spec, snapshot);
  if (events.length === 0) continue;
  const { lease } = await repository.acquire(state, { owner: 'sluice 0.1', leaseMs: 1 });
  for (const event of events) {
    const next = reduceJob(snapshot, event);
    await repository.save([
      { jobId: state, token: lease.token, follows: snapshot.revision, events: [event], snapshot: next },
    ]);
    snapshot = next;
  }
  if (released.has(state)) await repository.release(lease);
}
await repository.send('running', { type: 'pause', mode: 'stop' });

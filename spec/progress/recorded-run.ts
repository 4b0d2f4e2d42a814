import { addIndex } from '../../lib/model/index-ranges.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import type { Recording, Sighting } from './simulate.js';
import { snapshotIn } from '../model/snapshot-in.js';

/** What was seen of a job, each with its time in ms: a completed chunk, with the ms of work; a running count; a report. */
export type RecordedEvent =
  | readonly [at: number, what: 'done', index: number, activeMs: number]
  | readonly [at: number, what: 'running', running: number]
  | readonly [at: number, what: 'report', index: number, fraction: number];

/** A run of a real job, as `record.mjs` writes it. */
export interface RecordedRun {
  readonly name: string;
  /** What was run, and how. */
  readonly how: string;
  readonly chunks: number;
  /** When its concurrency was changed, in ms of work. */
  readonly changesMs: readonly number[];
  readonly events: readonly RecordedEvent[];
}

/** Shows a recorded run as it was. */
export function replay({ chunks, changesMs, events }: RecordedRun): Recording {
  const first = pendingSnapshot(
    { id: 'recorded', kind: 'recorded', chunks: { total: chunks, size: 1 }, metadata: {} } as never,
    { at: 0 },
  );
  let snapshot = snapshotIn('running', first, { revision: 2 });
  const sightings: Sighting[] = [{ at: 0, snapshot }];
  for (const event of events) {
    const [at, what, value] = event;
    if (what === 'running') {
      sightings.push({ at, running: value });
    } else if (what === 'report') {
      sightings.push({ at, report: { jobId: 'recorded', index: value, attempt: 1, fraction: event[3] } });
    } else {
      snapshot = snapshotIn('running', snapshot, {
        revision: snapshot.revision + 1,
        completed: addIndex(snapshot.completed, value),
        completedChunks: snapshot.completedChunks + 1,
        updatedAt: at,
        activeMs: event[3],
      });
      sightings.push({ at, snapshot });
    }
  }
  return { sightings, endMs: snapshot.activeMs, knowableMs: Math.max(0, ...changesMs) };
}

import { hasIndex } from '../../lib/model/index-ranges.js';
import type { JobEvent } from '../../lib/model/job-event.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { eventTable } from '../../lib/model/transitions.js';

const error = { name: 'Error', message: 'no' };

/** What can happen next: what the table has, for chunks that have no outcome yet. */
export function legalEvents(snapshot: JobSnapshot, at: number): readonly JobEvent[] {
  const events: JobEvent[] = [];
  for (const type of Object.keys(eventTable[snapshot.state]) as JobEvent['type'][]) {
    switch (type) {
      case 'chunk-completed':
      case 'chunk-retrying':
      case 'chunk-failed':
        for (let index = 0; index < snapshot.totalChunks; index++) {
          if (hasIndex(snapshot.completed, index) || hasIndex(snapshot.failed, index)) continue;
          const attempt = snapshot.retrying.find((chunk) => chunk.index === index)?.attempt ?? 1;
          if (type === 'chunk-completed') events.push({ type, index, attempt, result: index, at });
          else if (type === 'chunk-failed') events.push({ type, index, attempt, error, at });
          else events.push({ type, index, attempt, error, dueAt: at + 5, at });
        }
        break;
      case 'attempt-abandoned':
        events.push({ type, index: 0, attempt: 1, at });
        break;
      case 'job-failing':
      case 'job-failed':
        events.push({ type, error, at });
        break;
      case 'job-cancelled':
        events.push({ type, at }, { type, error, at });
        break;
      case 'job-completed':
        events.push({ type, at }, { type, value: { at }, at });
        break;
      case 'job-redriven':
        events.push({ type, chunks: snapshot.failed, at }, { type, chunks: snapshot.failed.slice(0, 1), at });
        break;
      default:
        events.push({ type, at });
    }
  }
  return events;
}

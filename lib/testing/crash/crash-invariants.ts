import type { ChunkOutcome } from '../../model/chunk-outcome.js';
import { outcomeOf } from '../../model/job-event.js';
import { countIndexes, hasIndex } from '../../model/index-ranges.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { TerminalState } from '../../model/job-state.js';
import { isTerminal } from '../../model/job-state.js';
import { reduceJob } from '../../model/reduce-job.js';
import type { CrashEntry } from './crash-entry.js';
import type { CrashHistory } from './crash-history.js';
import { crashHistory } from './crash-history.js';
import { deepEqual } from '../contracts/deep-equal.js';

type Found = Extract<CrashEntry, { readonly type: 'found' }>;

/**
 * What does not hold of a job that ran, crashed and ran again.
 *
 * @remarks
 * - Each revision that is stored was sent by an owner that had the one before it: 1, 2, 3 … without a gap,
 *   and replaying them gives what is stored.
 * - What the repository acknowledged is there. What was shown, or told to `onProgress`, was acknowledged
 *   before.
 * - Each chunk has one outcome a run; a chunk that completed never has another one. The counts are those of
 *   the ranges; the outcomes are those of the events.
 * - Nothing is repeated whose outcome a process knew to be stored, and no two attempts at a chunk run at a
 *   time in one process.
 * - A job that has ended does not change, but for a redrive; one that was deleted does not come back.
 * - The last process ends as the scenario says.
 *
 * @param entries - all that was seen, in order
 * @param ends - what must have become of the job
 * @returns a sentence for each thing that does not hold
 */
export function crashInvariants(
  entries: readonly CrashEntry[],
  ends: TerminalState | 'deleted',
): readonly string[] {
  const looks = entries.flatMap((entry, at) =>
    entry.type === 'found' ? [{ found: entry, seen: entries.slice(0, at) }] : [],
  );
  return [
    ...[...new Set(entries.map(({ life }) => life))].flatMap((life) =>
      inOneProcess(entries.filter((entry) => entry.life === life)),
    ),
    ...looks.flatMap(({ found, seen }) => inTheStore(seen, found)),
    ...betweenLooks(entries),
    ...atTheEnd(entries, ends),
  ];
}

/** What one process may do and show, from what it knows to be stored. */
function inOneProcess(entries: readonly CrashEntry[]): readonly string[] {
  const problems: string[] = [];
  const running = new Set<number>();
  const where = `process ${entries[0]?.life}`;
  let known: JobSnapshot | undefined;
  let progress: number | undefined;
  let run = 0;
  for (const entry of entries) {
    switch (entry.type) {
      case 'created':
      case 'acquired':
      case 'loaded':
      case 'stored':
        if (known === undefined || entry.snapshot.revision >= known.revision) known = entry.snapshot;
        // Whoever has the job next in this process begins to count where it is.
        if (entry.type === 'acquired') progress = undefined;
        break;
      case 'sent':
        run = Math.max(run, ...entry.commits.map(({ snapshot }) => snapshot.run));
        break;
      case 'attempt': {
        const { index, attempt } = entry;
        const what = `${where} started attempt ${attempt} at chunk ${index}`;
        if (running.has(index)) problems.push(`${what} beside another one`);
        running.add(index);
        if (known === undefined) break;
        // What failed before a redrive is run again, also when the redrive is not stored yet.
        const failed = run > known.run ? [] : known.failed;
        if (hasIndex(known.completed, index) || hasIndex(failed, index))
          problems.push(`${what}, whose outcome was stored`);
        const waiting = known.retrying.find((chunk) => chunk.index === index);
        if (waiting && attempt < waiting.attempt)
          problems.push(`${what}, but attempt ${waiting.attempt - 1} had failed and was stored`);
        break;
      }
      case 'left':
        running.delete(entry.index);
        break;
      case 'shown':
        if (known === undefined || entry.snapshot.revision > known.revision)
          problems.push(`${where} showed revision ${entry.snapshot.revision} before it was stored`);
        break;
      case 'progress':
        if (known === undefined || entry.completedChunks > known.completedChunks) {
          problems.push(
            `${where} told onProgress of ${entry.completedChunks} chunks when ${known?.completedChunks ?? 0} were stored`,
          );
        }
        if (progress !== undefined && entry.completedChunks !== progress + 1) {
          problems.push(`${where} told onProgress of ${entry.completedChunks} chunks after ${progress}`);
        }
        progress = entry.completedChunks;
        break;
      default:
    }
  }
  return problems;
}

/** What was found in the store, beside what had been sent to it. */
function inTheStore(seen: readonly CrashEntry[], found: Found): readonly string[] {
  const where = `after process ${found.life}`;
  if (!deepEqual(found.snapshot, found.listed))
    return [
      `${where} list() and load() must give the same, received ${shown(found.listed)} and ${shown(found.snapshot)}`,
    ];
  const { snapshot } = found;
  if (snapshot === null) return [];
  const history = crashHistory(seen, snapshot);
  if (typeof history === 'string') return [`${where} ${history}`];
  const problems: string[] = [];
  const stored = new Map(
    [history.first, ...history.commits.map((commit) => commit.snapshot)].map((each) => [each.revision, each]),
  );
  for (const entry of seen) {
    if (entry.type === 'stored' && !deepEqual(stored.get(entry.revision), entry.snapshot)) {
      problems.push(
        `${where} revision ${entry.revision} is not stored as it was acknowledged in process ${entry.life}`,
      );
    }
    if (entry.type === 'shown' && !deepEqual(stored.get(entry.snapshot.revision), entry.snapshot)) {
      problems.push(
        `${where} revision ${entry.snapshot.revision} is not stored as it was shown in process ${entry.life}`,
      );
    }
  }
  return [
    ...problems,
    ...outcomesOf(history, found).map((problem) => `${where} ${problem}`),
    ...countsOf(snapshot).map((problem) => `${where} ${problem}`),
  ];
}

function outcomesOf({ first, commits }: CrashHistory, { snapshot, outcomes }: Found): readonly string[] {
  const problems: string[] = [];
  const last = new Map<number, ChunkOutcome>();
  const decided = new Set<string>();
  let replayed = first;
  for (const event of commits.flatMap(({ events }) => events)) {
    replayed = reduceJob(replayed, event);
    const outcome = outcomeOf(event);
    if (!outcome) continue;
    const key = `run ${replayed.run}, chunk ${outcome.index}`;
    if (decided.has(key)) problems.push(`${key} has more than one outcome`);
    if (last.get(outcome.index)?.status === 'completed')
      problems.push(`chunk ${outcome.index} has an outcome after it had completed`);
    decided.add(key);
    last.set(outcome.index, outcome);
  }
  if (!deepEqual(replayed, snapshot))
    problems.push(
      `the snapshot must be what its events lead to, received ${shown(snapshot)} for ${shown(replayed)}`,
    );
  const expected = [...last.values()].sort((one, other) => one.index - other.index);
  if (!deepEqual(outcomes, expected)) {
    problems.push(
      `the outcomes must be those of chunks ${expected.map(({ index }) => index).join()}, received those of ${outcomes.map(({ index }) => index).join()}, or other ones`,
    );
  }
  return problems;
}

function countsOf(snapshot: JobSnapshot): readonly string[] {
  const { completed, completedChunks, failed, failedChunks, totalChunks, state } = snapshot;
  const problems: string[] = [];
  if (countIndexes(completed) !== completedChunks)
    problems.push(`${completedChunks} chunks completed, but the ranges hold ${countIndexes(completed)}`);
  if (countIndexes(failed) !== failedChunks)
    problems.push(`${failedChunks} chunks failed, but the ranges hold ${countIndexes(failed)}`);
  if (state === 'completed' && completedChunks + failedChunks !== totalChunks) {
    problems.push(`the job is completed with ${completedChunks + failedChunks} of ${totalChunks} outcomes`);
  }
  return problems;
}

/** What may become of a job from one look at the store to the next. */
function betweenLooks(entries: readonly CrashEntry[]): readonly string[] {
  const problems: string[] = [];
  let before: JobSnapshot | null = null;
  let isDeleted = false;
  for (const entry of entries) {
    if (entry.type === 'deleted') isDeleted = true;
    if (entry.type !== 'found') continue;
    const { snapshot } = entry;
    const where = `after process ${entry.life}`;
    if (isDeleted && snapshot !== null) problems.push(`${where} the job that was deleted is there again`);
    if (before !== null && snapshot === null && !isDeleted) problems.push(`${where} the job is gone`);
    if (before !== null && snapshot !== null) {
      if (snapshot.revision < before.revision)
        problems.push(
          `${where} revision ${snapshot.revision} is stored, which was ${before.revision} before`,
        );
      if (isTerminal(before.state) && snapshot.run === before.run && !deepEqual(snapshot, before)) {
        problems.push(
          `${where} the job has changed that had ended as '${before.state}', received ${shown(snapshot)}`,
        );
      }
    }
    before = snapshot;
  }
  return problems;
}

function atTheEnd(entries: readonly CrashEntry[], ends: TerminalState | 'deleted'): readonly string[] {
  const problems: string[] = [];
  const found = entries.findLast((entry) => entry.type === 'found');
  const became = found?.snapshot?.state ?? 'deleted';
  if (became !== ends) problems.push(`the job must end as '${ends}', received '${became}'`);
  for (const entry of entries) {
    if (
      entry.type !== 'ended' ||
      entry.life === 1 ||
      entry.message === undefined ||
      (ends === 'failed' && entry.code === 'JOB_FAILED')
    )
      continue;
    problems.push(`process ${entry.life} must end without an error, received ${entry.message}`);
  }
  const merged = entries.findLast((entry) => entry.type === 'merged');
  const all = Array.from({ length: found?.snapshot?.totalChunks ?? 0 }, (_, index) => index);
  if (merged && ends === 'completed' && !deepEqual(merged.indexes, all)) {
    problems.push(
      `the merge must get the outcomes of chunks ${all.join()}, received ${merged.indexes.join()}`,
    );
  }
  const value = found?.snapshot?.value;
  if (merged && ends === 'completed' && !deepEqual(value, all))
    problems.push(`the value of the merge must be kept, received ${JSON.stringify(value)}`);
  return problems;
}

function shown(snapshot: JobSnapshot | null): string {
  return snapshot === null
    ? 'nothing'
    : `revision ${snapshot.revision} '${snapshot.state}' with chunks ${JSON.stringify(snapshot.completed)}`;
}

import { describe, expectTypeOf, it } from 'vitest';
import type {
  ChunkOutcome,
  ChunkRange,
  ErrorRecord,
  JobCommand,
  JobEvent,
  JobEventType,
  JobSnapshot,
  JobSpec,
  JobState,
  JsonObject,
  RangeChunk,
  SnapshotFields,
  TerminalState,
} from 'sluice';
import { completeSpec, isTerminal, outcomeOf, pendingSnapshot, range, reduceJob } from 'sluice';

/** What `JobSpec` infers its chunk as. */
const chunkOf = <C>(_spec: JobSpec<C>): C => undefined as C;

describe('JobSpec', () => {
  it('has the pieces of a range as its chunks', () => {
    expectTypeOf(chunkOf({ kind: 'upload', chunks: range(10, 5) })).toEqualTypeOf<RangeChunk>();
    expectTypeOf(range(10, 5)).toEqualTypeOf<ChunkRange>();
  });

  it('has the elements of a list as its chunks', () => {
    expectTypeOf(chunkOf({ kind: 'etl', chunks: ['a', 'b'] })).toEqualTypeOf<string>();
    expectTypeOf(chunkOf({ kind: 'etl', chunks: [{ from: 1 }] as const })).toEqualTypeOf<{
      readonly from: 1;
    }>();
    expectTypeOf(completeSpec({ kind: 'etl', chunks: [1] }).metadata).toEqualTypeOf<JsonObject>();
  });

  it('takes an interface as its metadata', () => {
    interface Order {
      readonly customer: string;
      readonly items: readonly { readonly id: number; readonly note?: string }[];
    }
    const metadata = {} as Order;
    expectTypeOf(completeSpec({ kind: 'etl', chunks: [1], metadata }).metadata).toEqualTypeOf<JsonObject>();
    // @ts-expect-error -- an object
    completeSpec({ kind: 'etl', chunks: [1], metadata: 'nightly' });
  });

  it('takes undefined for what may be left out', () => {
    expectTypeOf<{ id: undefined; kind: string; chunks: number[]; metadata: undefined }>().toExtend<
      JobSpec<number>
    >();
  });
});

describe('JobEvent', () => {
  it('is exhaustive by its type', () => {
    const name = (event: JobEvent): string => {
      switch (event.type) {
        case 'chunk-completed':
        case 'chunk-retrying':
        case 'chunk-failed':
        case 'attempt-abandoned':
          return String(event.index);
        case 'job-failing':
        case 'job-failed':
          return event.error.message;
        case 'job-redriven':
          return String(event.chunks.length);
        case 'job-started':
        case 'job-recovered':
        case 'job-pausing':
        case 'job-paused':
        case 'job-resumed':
        case 'job-merging':
        case 'job-cancelling':
        case 'job-completed':
        case 'job-cancelled':
          return event.type;
        default:
          expectTypeOf(event).toBeNever();
          return event;
      }
    };
    expectTypeOf(name).toBeFunction();
    expectTypeOf<JobEvent['type']>().toEqualTypeOf<JobEventType>();
    expectTypeOf<JobEvent['at']>().toEqualTypeOf<number>();
  });

  it('carries the result of the worker', () => {
    const event = {} as Extract<JobEvent<Date>, { type: 'chunk-completed' }>;
    expectTypeOf(event.result).toEqualTypeOf<Date | undefined>();
    expectTypeOf(outcomeOf({} as JobEvent<Date>)).toEqualTypeOf<ChunkOutcome<Date> | undefined>();
  });

  it('cannot be changed', () => {
    const event = {} as JobEvent;
    // @ts-expect-error -- readonly
    event.at = 1;
    const snapshot = {} as JobSnapshot;
    // @ts-expect-error -- readonly
    snapshot.revision = 1;
    // @ts-expect-error -- readonly, and so is what is in it
    snapshot.completed[0] = [1, 2];
  });
});

describe('JobSnapshot', () => {
  it('narrows by its state', () => {
    const snapshot = {} as JobSnapshot;
    switch (snapshot.state) {
      case 'pending':
        expectTypeOf(snapshot.startedAt).toBeNull();
        break;
      case 'failing':
        expectTypeOf(snapshot.error).toEqualTypeOf<ErrorRecord>();
        expectTypeOf(snapshot.finishedAt).toBeNull();
        break;
      case 'failed':
        expectTypeOf(snapshot.error).toEqualTypeOf<ErrorRecord>();
        expectTypeOf(snapshot.finishedAt).toEqualTypeOf<number>();
        break;
      case 'completed':
        expectTypeOf(snapshot.error).toBeNull();
        expectTypeOf(snapshot.finishedAt).toEqualTypeOf<number>();
        break;
      case 'paused':
      case 'cancelling':
      case 'cancelled':
        expectTypeOf(snapshot.startedAt).toEqualTypeOf<number | null>();
        break;
      default:
        expectTypeOf(snapshot).toEqualTypeOf<JobSnapshot<'running' | 'merging' | 'pausing'>>();
        expectTypeOf(snapshot.startedAt).toEqualTypeOf<number>();
    }
  });

  it('narrows by what it has', () => {
    const snapshot = {} as JobSnapshot;
    if (snapshot.finishedAt !== null) expectTypeOf(snapshot.state).toEqualTypeOf<TerminalState>();
    if (snapshot.error !== null)
      expectTypeOf(snapshot.state).toEqualTypeOf<'failing' | 'failed' | 'cancelled'>();
    if (snapshot.startedAt === null) {
      expectTypeOf(snapshot.state).toEqualTypeOf<'pending' | 'paused' | 'cancelling' | 'cancelled'>();
    }
  });

  it('is a union of one type for each state, whose fields are those of all of them', () => {
    expectTypeOf<JobSnapshot['state']>().toEqualTypeOf<JobState>();
    expectTypeOf<JobSnapshot>().toExtend<SnapshotFields>();
    expectTypeOf<JobSnapshot<'failed'>>().toExtend<JobSnapshot>();
    expectTypeOf<SnapshotFields['startedAt']>().toEqualTypeOf<number | null>();
    expectTypeOf<SnapshotFields['error']>().toEqualTypeOf<ErrorRecord | null>();
  });

  it('is what events are reduced to', () => {
    const events: readonly JobEvent[] = [];
    const first = pendingSnapshot(completeSpec({ kind: 'etl', chunks: [1] }), { at: 0 });
    expectTypeOf(events.reduce(reduceJob, first)).toEqualTypeOf<JobSnapshot>();
  });
});

describe('JobCommand', () => {
  it('is a name, or a name with a mode where there is one', () => {
    expectTypeOf<'pause'>().toExtend<JobCommand>();
    expectTypeOf<{ type: 'pause'; mode: 'stop' }>().toExtend<JobCommand>();
    expectTypeOf<{ type: 'pause'; mode: undefined }>().toExtend<JobCommand>();
    expectTypeOf<{ type: 'detach' }>().toExtend<JobCommand>();
    expectTypeOf<'redo'>().not.toExtend<JobCommand>();
    expectTypeOf<{ type: 'pause'; mode: 'later' }>().not.toExtend<JobCommand>();
  });
});

describe('guards', () => {
  it('isTerminal narrows a state', () => {
    const state = {} as JobState;
    if (isTerminal(state)) expectTypeOf(state).toEqualTypeOf<TerminalState>();
    else expectTypeOf(state).toEqualTypeOf<Exclude<JobState, TerminalState>>();
  });
});

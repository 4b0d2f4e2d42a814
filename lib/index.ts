// Sluice in the order in which a chunk passes it; `docs/architecture.md` follows one through all files.
//
// 1. Chunks run: `mergeMap` over lanes and over chunks that failed (chunks/chunk-events.ts).
//    Each chunk that failed is under `retry` (chunks/retried.ts).
export { runChunks } from './operators/run-chunks.js';
export type { RunChunksOptions, StartRate } from './chunks/run-chunks-options.js';
export type { RetryOptions } from './chunks/retry-options.js';
export type { LimitedRun, SharedLimit, SharedSlots } from './chunks/gates/shared-limit.js';
export { sharedLimit } from './chunks/gates/shared-limit.js';

// 2. A job is its chunks joined with commands: spec in, events out (executor/execution.ts).
export { execute } from './executor/execute.js';
export type { ExecuteOptions } from './executor/execute-options.js';
export type { FailureTolerance, JobExecutionOptions } from './executor/job-execution-options.js';
export type { MergeFunction } from './executor/merge-function.js';
export type { RunOptions, RunResult } from './executor/run.js';
export { run } from './executor/run.js';
export { JobExecutor } from './executor/job-executor.js';

// 3. `scan` makes a snapshot of each event (operators/scan-commits.ts), with `reduceJob`.
export { scanCommits } from './operators/scan-commits.js';
export { reduceJob } from './model/reduce-job.js';

// 4. `concatMap` stores the snapshots in order, and then emits them (operators/persist-commits.ts).
export type { PersistCommitsOptions } from './operators/persist-commits.js';
export { persistCommits } from './operators/persist-commits.js';

// 5. One job's whole life: 2, 3 and 4 in a row (manager/job-life.ts). What is stored drives `onProgress`.
export { manageJob } from './manager/manage-job.js';
export type { ManageJobOptions } from './manager/manage-job-options.js';
export type { JobCleanUp, JobMerge, MergeTask } from './manager/merge-task.js';

// 6. Many jobs and kinds on one repository.
export { JobClient } from './manager/job-client.js';
export type { JobClientOptions } from './manager/job-client-options.js';
export { JobManager } from './manager/job-manager.js';
export type { JobManagerOptions } from './manager/job-manager-options.js';
export type { JobHandle } from './ports/job-handle.js';
export type { AnyJobKind, JobKind } from './manager/job-kind.js';
export type {
  CheckedKinds,
  JobKinds,
  KindChunk,
  KindHandle,
  KindName,
  KindOptions,
  KindResult,
  KindValue,
} from './manager/job-kinds.js';
export type { JobResult, ResultFields } from './ports/job-result.js';
export type { PruneOptions } from './manager/prune-jobs.js';
export type { RunJobOptions } from './manager/run-job-options.js';
export type { WorkOptions } from './manager/work-options.js';

// What shows snapshots and events: progress, order, fewer values.
export type { CombinedProgress } from './operators/combine-progress.js';
export { combineProgress } from './operators/combine-progress.js';
export type { InChunkOrderOptions, OutcomeEvent } from './operators/in-chunk-order.js';
export { inChunkOrder } from './operators/in-chunk-order.js';
export { endWhenFailed } from './operators/end-when-failed.js';
export type { EstimateProgressOptions } from './operators/estimate-progress.js';
export { estimateProgress } from './operators/estimate-progress.js';
export type { ThrottleSnapshotsOptions } from './operators/throttle-snapshots.js';
export { throttleSnapshots } from './operators/throttle-snapshots.js';
export type { ChunkProgress } from './operators/track-progress.js';
export { trackProgress } from './operators/track-progress.js';

// The model, pure: spec, events, snapshot, the tables of states.
export type { ChunkOutcome, CompletedChunk, FailedChunk } from './model/chunk-outcome.js';
export type { ChunkRange, RangeChunk } from './model/spec/chunk-range.js';
export { range } from './model/spec/chunk-range.js';
export type { IndexRanges } from './model/index-ranges.js';
export { addIndex, countIndexes, hasIndex, unionRanges } from './model/index-ranges.js';
export type {
  JobCommand,
  JobCommandLike,
  JobCommandType,
  SentCommand,
  StopMode,
} from './model/job-command.js';
export type { JobCommit } from './model/job-commit.js';
export type { ChunkEvent, JobEvent, JobEventType, LifecycleEvent } from './model/job-event.js';
export { outcomeOf } from './model/job-event.js';
export type { JobProgress, RemainingTime } from './model/progress/job-progress.js';
export { claimableStates, isClaimable } from './model/claimable.js';
export type { JobSnapshot, PendingOptions, RetryingChunk, SnapshotFields } from './model/job-snapshot.js';
export { pendingSnapshot } from './model/job-snapshot.js';
export type { Chunks, JobSpec, StoredSpec } from './model/spec/job-spec.js';
export { chunkAt, chunkCount, completeSpec } from './model/spec/job-spec.js';
export type { JobState, TerminalState } from './model/job-state.js';
export { isTerminal } from './model/job-state.js';
export { percent } from './model/percent.js';
export type { JsonObject, JsonValue } from './model/spec/json.js';
export type { CommandEffect, StateCommand } from './model/transitions.js';
export { commandTable, eventTable } from './model/transitions.js';

// Ports, and the adapters of the core.
export type {
  AcquiredJob,
  ClaimRequest,
  JobLease,
  JobQuery,
  JobRepository,
  LeaseRequest,
  OutcomeQuery,
  StoredJob,
} from './ports/job-repository.js';
export type { Jobs } from './ports/jobs.js';
export type { RedriveOptions } from './ports/redrive-options.js';
export type {
  ChunkReport,
  ChunkTask,
  ChunkUpdate,
  Worker,
  WorkerAdapter,
  WorkerFunction,
} from './ports/worker-adapter.js';
export type { AttemptTask } from './chunks/run-attempt.js';
export { runAttempt } from './chunks/run-attempt.js';
export { withChunk } from './ports/with-chunk.js';
export { MemoryJobRepository } from './repositories/memory-job-repository.js';
export { FunctionWorkerAdapter } from './workers/function-worker-adapter.js';
export { parseRetryAfter } from './workers/parse-retry-after.js';

// Errors.
export type { AnySluiceError, SluiceErrorCode } from './errors/any-sluice-error.js';
export { AttemptStalledError } from './errors/attempt-stalled-error.js';
export { AttemptStoppedError } from './errors/attempt-stopped-error.js';
export { AttemptTimeoutError } from './errors/attempt-timeout-error.js';
export { CleanUpFailedError } from './errors/clean-up-failed-error.js';
export { ConflictError } from './errors/conflict-error.js';
export { CorruptJobError } from './errors/corrupt-job-error.js';
export { errorFromRecord } from './errors/error-from-record.js';
export type { ErrorRecord } from './errors/error-record.js';
export { toErrorRecord } from './errors/error-record.js';
export { InvalidReturnError } from './errors/invalid-return-error.js';
export { InvalidSpecError } from './errors/invalid-spec-error.js';
export { InvalidTransitionError } from './errors/invalid-transition-error.js';
export { isSluiceError } from './errors/is-sluice-error.js';
export { JobCancelledError } from './errors/job-cancelled-error.js';
export { JobExistsError } from './errors/job-exists-error.js';
export { JobFailedError } from './errors/job-failed-error.js';
export { JobIncompleteError } from './errors/job-incomplete-error.js';
export { JobNotFoundError } from './errors/job-not-found-error.js';
export { JobOwnedError } from './errors/job-owned-error.js';
export { JobTimeoutError } from './errors/job-timeout-error.js';
export { ManagerClosedError } from './errors/manager-closed-error.js';
export { MergeFailedError } from './errors/merge-failed-error.js';
export { NotSerializableError } from './errors/not-serializable-error.js';
export { RepositoryFailedError } from './errors/repository-failed-error.js';
export { SluiceError } from './errors/sluice-error.js';
export { SpecMismatchError } from './errors/spec-mismatch-error.js';
export { TooManyFailuresError } from './errors/too-many-failures-error.js';
export { UnknownKindError } from './errors/unknown-kind-error.js';
export { WindowExceededError } from './errors/window-exceeded-error.js';

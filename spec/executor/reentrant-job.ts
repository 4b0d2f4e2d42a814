import type { Observable } from 'rxjs';
import { NEVER, Subject } from 'rxjs';
import type { ChunkEvent, JobCommand, JobEvent, JobSnapshot } from 'sluice';
import { execute, isTerminal, pendingSnapshot, completeSpec, reduceJob } from 'sluice';
import type { Act } from '../chunks/reentry/reentrant-program.js';
import { ReentrantRun } from '../chunks/reentry/reentrant-run.js';

/** One run of `execute`, and what it must keep. */
export class ReentrantJob extends ReentrantRun {
  readonly #commands$ = new Subject<JobCommand>();
  readonly #spec = completeSpec({
    id: 'job',
    kind: 'test',
    chunks: this.program.chunks.map((_, index) => index),
  });
  #snapshot: JobSnapshot = pendingSnapshot(this.#spec, { at: 0 });
  #progress = 0;
  #isDetached = false;

  override act(given: Act): void {
    if (given.act === 'command') this.#command(given.command);
    else super.act(given);
  }

  override open(): void {
    super.open();
    this.#command('resume');
  }

  override checkEnd(): void {
    const { state, completedChunks, failedChunks, totalChunks } = this.#snapshot;
    if (this.ending === 'left' || (this.#isDetached && this.ending === 'complete')) return;
    if (!isTerminal(state)) this.problem(`the job must end, received ${state}`);
    if (this.ending !== (state === 'failed' ? 'error' : 'complete'))
      this.problem(`a job that has ${state} must not end by ${this.ending}`);
    if (state !== 'completed') return;
    if (completedChunks + failedChunks !== totalChunks)
      this.problem(`the job has completed with ${completedChunks + failedChunks} of ${totalChunks} outcomes`);
    if (failedChunks > this.program.job.tolerated)
      this.problem('the job has completed with too many failures');
  }

  protected override stream$(): Observable<ChunkEvent<number>> {
    const { tolerated, merge, jobTimeoutMs } = this.program.job;
    const job$: Observable<unknown> = execute(this.#spec, {
      ...this.options(),
      worker: {
        execute: (task) => {
          this.#mustBe('running', 'a worker is called');
          return this.work(task, this.workOf(task));
        },
      },
      tolerate: { failedChunks: tolerated },
      jobTimeoutMs,
      commands$: this.#commands$,
      onRefused: () => {
        this.called('refused');
      },
      onProgress: (completed) => {
        this.#countProgress(completed);
      },
      ...(merge && {
        merge: ({ report, waitUntil }) => {
          this.#mustBe('merging', 'the merge is called');
          this.called('merge');
          // What was called back may have left: then the merge, which was called before, begins nothing.
          if (this.ending !== undefined) return NEVER;
          return this.work({ index: -1, attempt: 1, report, waitUntil }, merge);
        },
      }),
    });
    return job$ as Observable<ChunkEvent<number>>;
  }

  protected override heard(event: ChunkEvent | JobEvent): void {
    try {
      this.#snapshot = reduceJob(this.#snapshot, event as JobEvent);
    } catch (error) {
      this.problem(String(error));
    }
    if (event.type.startsWith('job-')) this.#heardOfJob();
    else super.heard(event as ChunkEvent);
  }

  #heardOfJob(): void {
    const { state } = this.#snapshot;
    if ((isTerminal(state) || state === 'paused') && this.attempts.running > 0)
      this.problem(`${this.attempts.running} attempts run when the job is ${state}`);
  }

  #command(command: JobCommand): void {
    if (this.ending !== undefined) return;
    if ((typeof command === 'string' ? command : command.type) === 'detach') this.#isDetached = true;
    this.#commands$.next(command);
  }

  #countProgress(completed: number): void {
    this.#progress += 1;
    const { completedChunks, state } = this.#snapshot;
    // The event of the completion may be on its way to the consumer.
    if (completed !== this.#progress || completed > completedChunks + 1)
      this.problem(`progress ${completed} follows ${this.#progress - 1}, of ${completedChunks} completed`);
    if (state === 'failing' || state === 'cancelling')
      this.problem(`progress is made when the job is ${state}`);
    this.called('progress');
  }

  #mustBe(state: JobSnapshot['state'], what: string): void {
    if (this.#snapshot.state !== state) this.problem(`${what} when the job is ${this.#snapshot.state}`);
  }
}

import { EmptyError, merge, NEVER, timer } from 'rxjs';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { StopMode } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import type { AnsweredCommand } from './command-effect.js';
import { isAnswered } from './command-effect.js';
import { hasKind } from './kind-of.js';
import { LiveJob } from './live-job.js';
import type { LiveJobs } from './live-jobs.js';
import { sendCommand } from './send-command.js';
import type { StoredJobs } from './stored-jobs.js';

/** Commands to jobs, wherever they run. */
export class JobCommands {
  readonly #live: LiveJobs;
  readonly #stored: StoredJobs;

  constructor(live: LiveJobs, stored: StoredJobs) {
    this.#live = live;
    this.#stored = stored;
  }

  /**
   * Gives a command to a job that runs here; to the owner of one that runs elsewhere; and to one that was
   * left behind by taking it over. Resolves with the snapshot in which it has had its effect.
   */
  async tell(jobId: string, command: AnsweredCommand, mode?: StopMode): Promise<JobSnapshot> {
    for (;;) {
      this.#live.assertOpen(command);
      const running = this.#live.get(jobId);
      if (running) return running.tell(command, mode);
      const { spec, snapshot } = await this.#stored.findWhole(jobId);
      this.#live.assertOpen(command);
      if (isAnswered(snapshot, command)) return snapshot;
      try {
        return await this.takeOver(spec, command, mode);
      } catch (error) {
        if (!isSluiceError(error) || error.code !== 'JOB_OWNED') throw error;
        const effect = await this.#tellOwner(jobId, command, mode);
        // Without an effect so far the owner may be gone: then the job can be taken over now.
        if (effect) return effect;
      }
    }
  }

  /**
   * Gives a command to a job that does not run here, by taking it over. The command is there before the job
   * is opened, so that no chunk starts that it would stop.
   */
  takeOver(spec: StoredSpec, command: AnsweredCommand, mode?: StopMode): Promise<JobSnapshot> {
    const live = this.#live.get(spec.id) ?? new LiveJob(spec);
    const answer = live.tell(command, mode);
    // What has no kind here cannot run here, but it can be cancelled.
    const isUnknown = !hasKind(this.#live.settings.kinds, spec.kind);
    const options = command === 'cancel' && isUnknown ? { worker: () => NEVER } : {};
    try {
      this.#live.run(spec, options, { live });
    } catch (error) {
      answer.catch(() => undefined);
      throw error;
    }
    return answer;
  }

  /**
   * Leaves the command to the owner of a job that runs elsewhere, and waits for its effect as long as a lease
   * holds.
   */
  async #tellOwner(
    jobId: string,
    command: AnsweredCommand,
    mode: StopMode | undefined,
  ): Promise<JobSnapshot | undefined> {
    const until$ = merge(timer(this.#live.settings.leaseMs), this.#live.closed$(command));
    try {
      return await sendCommand(this.#stored, jobId, { command, mode, until$ });
    } catch (error) {
      if (error instanceof EmptyError) return undefined;
      throw error;
    }
  }
}

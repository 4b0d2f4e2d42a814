import { createLogUpdate } from 'log-update';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { isTerminal } from '../model/job-state.js';
import { ProgressEstimator } from '../model/progress-estimator.js';
import type { CliIo } from './cli-io.js';
import { describeProgress } from './describe-progress.js';
import type { ProgressRenderer } from './progress-renderer.js';

const redrawMs = 100;
const widestBar = 30;

/** A bar on a terminal, drawn anew as the job goes, with notices above it. */
export class LiveProgress implements ProgressRenderer {
  readonly #io: CliIo;
  readonly #terminal: NodeJS.WritableStream;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  readonly #estimator = new ProgressEstimator();
  #latest: JobSnapshot | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  /** While a merge writes to the terminal the bar is away. */
  #isAway = false;
  /** Whether the cursor stands behind what a merge wrote, and not on a line of its own. */
  #isInLine = false;

  constructor(io: CliIo, terminal: NodeJS.WritableStream) {
    this.#io = io;
    this.#terminal = terminal;
    this.#draw = createLogUpdate(terminal);
  }

  show(snapshot: JobSnapshot): void {
    const isOtherState = snapshot.state !== this.#latest?.state;
    this.#latest = snapshot;
    this.#estimator.seeSnapshot(snapshot, performance.now());
    if (isOtherState) this.#redraw();
    this.#timer ??= setInterval(() => {
      this.#redraw();
    }, redrawMs);
  }

  running(count: number): void {
    this.#estimator.seeRunning(count, performance.now());
  }

  notice(line: string): void {
    this.#comeBack();
    this.#draw.clear();
    this.#io.stderr.write(`${line}\n`);
    if (this.#timer !== undefined) this.#redraw();
  }

  output(bytes: Uint8Array): Promise<void> {
    if (this.#io.showsOutput) {
      this.#draw.clear();
      this.#isAway = true;
      this.#isInLine = bytes.at(-1) !== '\n'.charCodeAt(0);
    }
    return new Promise((resolve) => {
      this.#io.stdout.write(bytes, resolve);
    });
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#comeBack();
    this.#redraw();
    this.#draw.done();
  }

  #comeBack(): void {
    if (this.#isInLine) this.#terminal.write('\n');
    this.#isInLine = false;
    this.#isAway = false;
  }

  #redraw(): void {
    const snapshot = this.#latest;
    if (snapshot === undefined || this.#isAway) return;
    const { id, state } = snapshot;
    const text = `${state === 'running' ? '' : `${state} `}${describeProgress(snapshot, this.#estimator.progress(performance.now()))}`;
    const columns = Reflect.get(this.#terminal, 'columns') as number | undefined;
    const room = (columns ?? 80) - id.length - text.length - 4;
    // Where there is no room for a bar, the words are what counts.
    const bar = room < 5 || isTerminal(state) ? '' : ` ${barOf(snapshot, Math.min(room, widestBar))}`;
    this.#draw(`${id}${bar} ${text}`);
  }
}

function barOf({ completedChunks, failedChunks, totalChunks }: JobSnapshot, width: number): string {
  // Rounded down, like the per cents: a full bar stands for all of them.
  const done = Math.floor((completedChunks / totalChunks) * width);
  const failed = failedChunks === 0 ? 0 : Math.min(width - done, Math.max(1, Math.floor((failedChunks / totalChunks) * width)));
  return `${'█'.repeat(done)}${'▒'.repeat(failed)}${'░'.repeat(width - done - failed)}`;
}

import { createLogUpdate } from 'log-update';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { ProgressEstimator } from '../../model/progress/progress-estimator.js';
import pc from 'picocolors';
import type { CliIo, Terminal } from '../cli-io.js';
import { oneLine } from '../output/one-line.js';
import { ProgressLine } from './progress-line.js';
import type { ProgressRenderer } from './progress-renderer.js';

const redrawMs = 100;

/** A bar on a terminal, drawn anew as the job goes, with notices above it. */
export class LiveProgress implements ProgressRenderer {
  readonly #io: CliIo;
  readonly #terminal: Terminal;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  readonly #estimator = new ProgressEstimator();
  readonly #line = new ProgressLine();
  #latest: JobSnapshot | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  /** While a merge writes to the terminal the bar is away. */
  #isAway = false;
  /** Whether the cursor stands behind what a merge wrote, and not on a line of its own. */
  #isInLine = false;

  constructor(io: CliIo, terminal: Terminal) {
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
    this.#io.stderr.write(`${oneLine(line)}\n`);
    if (this.#timer !== undefined) this.#redraw();
  }

  hint(line: string): void {
    this.notice(line);
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
    const { columns = 80 } = this.#terminal;
    const line = this.#line.fit(snapshot, this.#estimator.progress(performance.now()), columns);
    const { green, red } = pc.createColors(this.#io.hasColors);
    this.#draw(line.replace(/█+/, green).replace(/▒+/, red));
  }
}

import { timer } from 'rxjs';
import type { SharedLimit } from 'sluice';
import { sharedLimit } from 'sluice';
import type { Place, ReentrantProgram } from './reentrant-program.js';
import type { ReentrantRun } from './reentrant-run.js';

/** So late that nothing but what is open goes on by itself. */
const opensAt = 1_000;
const openings = 40;

/** The runs of one program, and all that is seen of them. */
export class ReentrantWorld {
  readonly program: ReentrantProgram;
  /** What went wrong. */
  readonly problems: string[] = [];
  readonly runs: ReentrantRun[] = [];
  readonly limit: SharedLimit | undefined;
  /** Whether everything that is open is settled as soon as it begins. */
  isOpen = false;
  readonly #calls = new Map<Place, number>();

  constructor(program: ReentrantProgram) {
    this.program = program;
    this.limit = program.slots === undefined ? undefined : sharedLimit(program.slots);
  }

  /** A run has called user code: what the program has to say to that is done now. */
  called(place: Place): void {
    const nth = (this.#calls.get(place) ?? 0) + 1;
    this.#calls.set(place, nth);
    for (const reaction of this.program.reactions)
      if (reaction.place === place && reaction.nth === nth) this.runs[reaction.run]!.act(reaction.act);
  }

  /** An attempt begins: those that run must not be more than the runs share. */
  countSlots(): void {
    const { slots } = this.program;
    const running = this.runs.reduce((sum, { attempts }) => sum + attempts.slots, 0);
    if (slots !== undefined && running > slots)
      this.problems.push(`${running} attempts run in ${slots} slots`);
  }

  /** Starts the runs, and in the end opens whatever is still closed: nothing may hang then. */
  live(): void {
    for (const run of this.runs) run.start();
    for (let tick = 1; tick <= 20; tick++)
      timer(tick).subscribe(() => {
        this.called('tick');
      });
    for (let opening = 0; opening < openings; opening++)
      timer(opensAt + opening * 10).subscribe(() => {
        this.isOpen = true;
        for (const run of this.runs) run.open();
      });
  }

  /** Looks at what is left when nothing is scheduled any more. */
  checkEnd(): void {
    for (const run of this.runs) run.checkEnd();
    if (this.limit !== undefined && this.limit.taken !== 0)
      this.problems.push(`${this.limit.taken} slots of the limit were not given back`);
  }
}

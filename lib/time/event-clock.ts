import { now } from './wall-time.js';
import { workNow } from './work-time.js';

/** So soon after the event before, the wall clock is believed: reading another clock would cost more. */
const believedMs = 100;
/** The clocks may differ by so much, in ms, before an event says so. */
const toleratedMs = 20;

/**
 * The time of the events of one owner of a job. Each event gets the wall time. It also gets `workMs` when the
 * time since the event before is not work: the wall clock was set, the machine slept, or nobody owned the
 * job.
 */
export class EventClock {
  #at: number;
  #activeMs: number;
  /** The work time of the latest event. */
  #workAt = workNow();
  #isFirst = true;

  /** @param from - the snapshot from which this owner goes on */
  constructor(from: { readonly updatedAt: number; readonly activeMs: number }) {
    this.#at = from.updatedAt;
    this.#activeMs = from.activeMs;
  }

  /** How long the job was at work until the latest event, in ms, as `reduceJob` counts it. */
  get activeMs(): number {
    return this.#activeMs;
  }

  /**
   * Writes `at`, and `workMs` where it is needed, on an event that nobody else has seen: a copy would cost
   * more.
   *
   * @param isWork - whether `reduceJob` counts the time before the event as work
   */
  stamp(event: object, isWork: boolean): void {
    const stamped = event as { at: number; workMs?: number };
    const at = now();
    const stepMs = at - this.#at;
    stamped.at = this.#at = at;
    if (!isWork) this.#workAt = workNow();
    else if (!this.#isFirst && stepMs >= 0 && stepMs <= believedMs) this.#count(stepMs);
    else this.#measure(stamped, Math.max(0, stepMs));
    this.#isFirst = false;
  }

  #measure(event: { workMs?: number }, stepMs: number): void {
    const workMs = Math.max(0, Math.round(workNow() - this.#workAt));
    // What passed before this owner came is not its work, however short it was.
    if (Math.abs(workMs - stepMs) > (this.#isFirst ? 0 : toleratedMs)) {
      event.workMs = workMs;
      this.#count(workMs);
    } else {
      this.#count(stepMs);
    }
  }

  #count(workMs: number): void {
    this.#workAt += workMs;
    this.#activeMs += workMs;
  }
}

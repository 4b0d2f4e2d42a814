import { describe, expect, it } from 'vitest';
import { EventClock } from '../../lib/time/event-clock.js';
import { keepWorkTime } from '../../lib/time/work-time.js';
import { useMachine } from './set-clock.js';

const hour = 3_600_000;

describe('EventClock', () => {
  const machine = useMachine();
  const stamped = (clock: EventClock, isWork = true): { at: number; workMs?: number } => {
    const event = {};
    clock.stamp(event, isWork);
    return event as { at: number };
  };
  const begun = (): EventClock => {
    const clock = new EventClock({ updatedAt: Date.now(), activeMs: 0 });
    stamped(clock);
    return clock;
  };

  it('gives the wall time alone while both clocks agree', () => {
    const clock = begun();
    machine.run(50);
    expect(stamped(clock)).toEqual({ at: Date.now() });
    machine.run(5_000);
    expect(stamped(clock)).toEqual({ at: Date.now() });
    expect(clock.activeMs).toBe(5_050);
  });

  it.each([-hour, hour])('says how much was work when the clock was set by %d ms', (byMs) => {
    const clock = begun();
    machine.run(50);
    machine.setClock(byMs);
    machine.run(50);
    expect(stamped(clock)).toEqual({ at: Date.now(), workMs: 100 });
    machine.run(70);
    expect(stamped(clock)).toEqual({ at: Date.now() });
    expect(clock.activeMs).toBe(170);
  });

  it('leaves out a sleep', () => {
    const keeper = keepWorkTime();
    const clock = begun();
    machine.run(20_000);
    machine.sleep(hour);
    expect(stamped(clock)).toEqual({ at: Date.now(), workMs: 30_000 });
    keeper.unsubscribe();
  });

  it('counts nothing of the time before its owner came, however short', () => {
    const clock = new EventClock({ updatedAt: Date.now() - 7, activeMs: 30 });
    expect(stamped(clock)).toEqual({ at: Date.now(), workMs: 0 });
    expect(clock.activeMs).toBe(30);
  });

  it('says nothing of time that is no work', () => {
    const clock = new EventClock({ updatedAt: Date.now() - hour, activeMs: 30 });
    expect(stamped(clock, false)).toEqual({ at: Date.now() });
    machine.run(hour);
    expect(stamped(clock, false)).toEqual({ at: Date.now() });
    machine.run(500);
    expect(stamped(clock)).toEqual({ at: Date.now() });
    expect(clock.activeMs).toBe(530);
  });

  it('corrects in a later event what small steps of the wall clock have told too much', () => {
    const clock = begun();
    for (let step = 0; step < 10; step++) {
      machine.setClock(90);
      machine.run(1);
      stamped(clock);
    }
    expect(clock.activeMs).toBe(910);
    machine.run(2_000);
    expect(stamped(clock)).toEqual({ at: Date.now(), workMs: 1_100 });
    expect(clock.activeMs).toBe(2_010);
  });
});

import { timer } from 'rxjs';
import { runMarbles } from 'sluice/testing';
import { describe, expect, it } from 'vitest';
import { isVirtualTime } from '../../lib/time/virtual-time.js';
import { keepWorkTime, workNow } from '../../lib/time/work-time.js';
import { useMachine } from './set-clock.js';

const hour = 3_600_000;

describe('workNow', () => {
  const machine = useMachine();

  it.each([-hour, hour])('does not jump when the clock is set by %d ms', (byMs) => {
    const before = workNow();
    machine.run(10);
    machine.setClock(byMs);
    machine.run(10);
    expect(workNow() - before).toBe(20);
  });

  it('leaves out what the machine slept while work time is kept', () => {
    const keeper = keepWorkTime();
    const before = workNow();
    machine.run(60_000);
    machine.sleep(8 * hour);
    machine.run(60_000);
    keeper.unsubscribe();
    expect(workNow() - before).toBeGreaterThanOrEqual(120_000);
    expect(workNow() - before).toBeLessThan(140_000);
  });

  it('leaves out a sleep that ends with the last keeper', () => {
    const keeper = keepWorkTime();
    const before = workNow();
    machine.sleep(hour);
    keeper.unsubscribe();
    expect(workNow() - before).toBeLessThan(20_000);
  });

  it('counts a step of a minute, as hidden pages have them', () => {
    const keeper = keepWorkTime();
    const before = workNow();
    machine.sleep(60_000);
    expect(workNow() - before).toBe(60_000);
    keeper.unsubscribe();
  });

  it('counts an hour without a read when nobody keeps work time', () => {
    const before = workNow();
    machine.run(hour);
    expect(workNow() - before).toBe(hour);
  });

  it('tells sleep from work until the last of several keepers has left', () => {
    const first = keepWorkTime();
    const second = keepWorkTime();
    first.unsubscribe();
    first.unsubscribe();
    const before = workNow();
    machine.sleep(hour);
    expect(workNow() - before).toBeLessThan(20_000);
    second.unsubscribe();
    machine.run(hour);
    expect(workNow() - before).toBeGreaterThanOrEqual(hour);
  });
});

describe('virtual time', () => {
  it('gives the frame as work time, and keeps no timer', () => {
    const frames: number[] = [];
    runMarbles(({ expectObservable }) => {
      expectObservable(timer(5)).toBe('-----(a|)', { a: 0 });
      timer(3).subscribe(() => frames.push(workNow(), Number(isVirtualTime())));
      keepWorkTime();
    });
    expect(frames).toEqual([3, 1]);
    expect(isVirtualTime()).toBe(false);
  });
});

describe('a machine whose clock begins at 1970', () => {
  const machine = useMachine();

  it('has real time', () => {
    machine.setClock(-Date.now());
    expect(isVirtualTime()).toBe(false);
  });
});

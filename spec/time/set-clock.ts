import { install } from '@sinonjs/fake-timers';
import { afterEach, beforeEach } from 'vitest';

type Clock = ReturnType<typeof install>;

/** A machine whose clock can be set and which can sleep, for the specs of a block. */
export function useMachine(): {
  /** Time passes, and timers fire. */
  run(ms: number): void;
  /** Somebody sets the clock; no time passes. */
  setClock(byMs: number): void;
  /** Time passes, on all clocks, and no timer fires until it is over. */
  sleep(ms: number): void;
} {
  let clock: Clock;
  beforeEach(() => {
    clock = install({
      now: Date.parse('2026-11-22T12:00:00Z'),
      toFake: ['Date', 'performance', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'],
    });
  });
  afterEach(() => {
    clock.uninstall();
  });
  return {
    run: (ms) => void clock.tick(ms),
    setClock: (byMs) => {
      clock.setSystemTime(Date.now() + byMs);
    },
    sleep: (ms) => void clock.jump(ms),
  };
}

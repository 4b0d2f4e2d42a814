import { concat, of } from 'rxjs';
import { runMarbles } from 'sluice/testing';
import { describe, expect, it } from 'vitest';
import { workTimer } from '../../lib/time/work-timer.js';
import { useMachine } from './set-clock.js';

const hour = 3_600_000;

describe('workTimer', () => {
  it('completes after its time, in the frame', () => {
    runMarbles(({ expectObservable }) => {
      expectObservable(workTimer(5)).toBe('-----|');
      expectObservable(workTimer(0)).toBe('|');
      expectObservable(workTimer(25_001)).toBe('25001ms |');
    });
  });

  it('never ends after Infinity', () => {
    runMarbles(({ expectObservable }) => {
      expectObservable(concat(workTimer(Infinity), of('late'))).toBe('-');
    });
  });

  it('waits for longer than a timer can', () => {
    runMarbles(
      ({ expectObservable }) => {
        expectObservable(workTimer(2 ** 31)).toBe(`${2 ** 31}ms |`);
      },
      { maxFrames: 2 ** 32 },
    );
  });

  describe('on a machine', () => {
    const machine = useMachine();
    const waiting = (ms: number): { isOver: boolean } => {
      const state = { isOver: false };
      workTimer(ms).subscribe({ complete: () => (state.isOver = true) });
      return state;
    };

    it.each([-hour, hour])('is not moved by a clock that is set by %d ms', (byMs) => {
      const state = waiting(60_000);
      machine.run(30_000);
      machine.setClock(byMs);
      machine.run(29_999);
      expect(state.isOver).toBe(false);
      machine.run(2);
      expect(state.isOver).toBe(true);
    });

    it('does not count a sleep', () => {
      const state = waiting(600_000);
      machine.run(2_000);
      machine.sleep(hour);
      machine.run(580_000);
      expect(state.isOver).toBe(false);
      machine.run(20_000);
      expect(state.isOver).toBe(true);
    });
  });
});

import { concat, EMPTY, interval, map, NEVER, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { MarbleHelpers } from '../../../lib/testing/marbles/run-marbles.js';
import { runMarbles } from '../../../lib/testing/marbles/run-marbles.js';

describe('runMarbles', () => {
  it('accepts what is as drawn, and returns what the body returns', () => {
    const returned = runMarbles(({ expectObservable, cold, expectSubscriptions }) => {
      const source = cold('--a--(b|)', { a: { x: [1] }, b: new Error('no', { cause: 1 }) });
      expectObservable(source).toBe('  --a--(b|)', { a: { x: [1] }, b: new Error('no') });
      expectSubscriptions(source.subscriptions).toBe('^----!');
      return 7;
    });

    expect(returned).toBe(7);
  });

  it('shows the frames side by side when they differ', () => {
    const run = (): void => {
      runMarbles(({ expectObservable, cold }) => {
        expectObservable(cold('-a-b-|')).toBe('-a--c|');
      });
    };

    expect(run).toThrow(
      [
        '       1  expected next "a"',
        '✗      3  expected nothing',
        '          received next "b"',
        '✗      4  expected next "c"',
        '          received nothing',
        '       5  expected complete',
      ].join('\n'),
    );
  });

  describe('shows what it received as a diagram that can be pasted', () => {
    /** The end of the message. */
    const diagramOf = (body: (helpers: MarbleHelpers) => void): string => {
      try {
        runMarbles(body);
      } catch (error) {
        return (error as Error).message.replace(/^[^]*\nreceived, as marbles: /, '');
      }
      return 'nothing';
    };

    it.each([
      ['letters that stand for themselves', '-a-b-|'],
      ['groups, after which the frames go on where the group ends', 'a-(bc)-(de|)'],
      ['an error', '--a#'],
      ['what happens at once', '(a|)'],
      ['what never ends', '--a'],
      ['nothing', '-'],
      ['long gaps', 'a 999ms b 30ms (cd) 1999ms |'],
    ])('draws %s', (_, marbles) => {
      const received = diagramOf(({ cold, expectObservable }) => {
        expectObservable(cold(marbles)).toBe('-----z');
      });

      expect(received).toBe(`'${marbles}'`);
      runMarbles(({ cold, expectObservable }) => {
        expectObservable(cold(marbles)).toBe(received.slice(1, -1));
      });
    });

    it('names values by the letters of the diagram that was expected, and others by letters that are free', () => {
      const received = diagramOf(({ cold, expectObservable }) => {
        const values = { p: { state: 'paused' }, r: { state: 'running' }, f: 7 };
        expectObservable(cold('-r-p-f-r|', values)).toBe('-a-p|', {
          a: { state: 'running' },
          p: expect.objectContaining({ state: 'paused' }),
        });
      });

      expect(received).toBe(`'-a-p-b-a|', { a: {"state":"running"}, p: {"state":"paused"}, b: 7 }`);
    });

    it('draws subscriptions', () => {
      const received = diagramOf(({ cold, expectObservable, expectSubscriptions }) => {
        const source$ = cold('-a');
        expectObservable(source$, '--^---!').toBe('---a');
        expectObservable(source$, ' 50ms ^').toBe('51ms a');
        expectSubscriptions(source$.subscriptions).toBe(['^']);
      });

      expect(received).toBe(`['--^---!', ' 50ms ^']`);
    });

    it('says from which frame on it has no place, since a group hides the next frames', () => {
      const received = diagramOf(({ expectObservable }) => {
        expectObservable(concat(of('a', 'b'), timer(2).pipe(map(() => 'c')))).toBe('-z');
      });

      expect(received).toBe(
        "'(ab)(c|)'\nwhich no diagram can show from frame 2 on: a group takes as many frames as it has characters",
      );
    });
  });

  it.each([
    ['a value', of({ a: 1 }), '(a|)', { a: { a: 2 } }, undefined],
    ['a missing key', of({ a: 1 }), '(a|)', { a: { a: 1, b: 1 } }, undefined],
    ['an error message', throwError(() => new Error('a')), '#', undefined, new Error('b')],
    ['a missing completion', NEVER, '|', undefined, undefined],
    ['a surplus completion', EMPTY, '-', undefined, undefined],
    ['the order of values', of(1, 2), '(ba|)', { a: 1, b: 2 }, undefined],
    ['an array and an object', of([]), '(a|)', { a: {} }, undefined],
    ['a date', of(new Date(1)), '(a|)', { a: new Date(2) }, undefined],
    ['a map', of(new Map([[1, 1]])), '(a|)', { a: new Map([[1, 2]]) }, undefined],
  ])('refuses another %s', (_what, actual$, marbles, values, error) => {
    const run = (): void => {
      runMarbles(({ expectObservable }) => {
        expectObservable<unknown>(actual$).toBe(marbles, values, error);
      });
    };

    expect(run).toThrow('Cannot match the marbles');
  });

  it.each([
    ['NaN', NaN, NaN],
    ['undefined properties', { a: undefined }, {}],
    ['matchers of the runner', { a: 1, b: 2 }, expect.objectContaining({ b: 2 })],
    ['sets', new Set([1]), new Set([1])],
    ['cycles', cycle(), cycle()],
  ])('knows the likeness of %s', (_what, actual, expected) => {
    runMarbles(({ expectObservable }) => {
      expectObservable<unknown>(of(actual)).toBe('(a|)', { a: expected });
    });
  });

  it('draws commands by their letters', () => {
    runMarbles(({ commands, expectObservable }) => {
      expectObservable(commands('-p 1s P-(rc)-d-D')).toBe('-a 1s b-(cd)-e-f', {
        a: 'pause',
        b: { type: 'pause', mode: 'stop' },
        c: 'resume',
        d: 'cancel',
        e: 'detach',
        f: { type: 'detach', mode: 'stop' },
      });
    });
  });

  it('refuses letters that are no command', () => {
    expect(() => {
      runMarbles(({ commands }) => {
        commands('--x');
      });
    }).toThrow(
      new RangeError("Cannot draw commands: a letter must be one of p, P, r, c, d, D, received 'x'"),
    );
  });

  it('fails when something is scheduled for ever, and says so', () => {
    expect(() => {
      runMarbles(
        ({ expectObservable }) => {
          expectObservable(interval(10)).toBe('10ms (a|)');
        },
        { maxFrames: 100 },
      );
    }).toThrow();
    expect(() => {
      runMarbles(
        () => {
          interval(10).subscribe();
        },
        { maxFrames: 100 },
      );
    }).toThrow('nothing may be scheduled after frame 100');
  });

  it('does not mind timers that were left', () => {
    runMarbles(({ expectObservable }) => {
      expectObservable(timer(1_000), '^--!').toBe('-');
    });
  });
});

function cycle(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}

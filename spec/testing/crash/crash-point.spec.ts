import type { Observable } from 'rxjs';
import { catchError, concatMap, of, timer } from 'rxjs';
import { CrashPoint, runMarbles } from 'sluice/testing';
import type { CrashFault } from 'sluice/testing';
import { describe, expect, it } from 'vitest';

/**
 * Makes three writes of four parts, in frames 0, 10 and 20, each of which takes two frames; the second one goes wrong. Draws what they answer (`#`
 * stands for its failure) up to frame 40, and gives what was stored.
 */
function threeWrites(
  fault: CrashFault,
  expected: readonly [string, string, string],
  { wakeAt }: { readonly wakeAt?: number } = {},
): readonly string[] {
  const stored: string[] = [];
  runMarbles(({ cold, expectObservable }) => {
    const crash = new CrashPoint({ at: 2, fault });
    const write = (name: string): Observable<string> =>
      crash.write(name, 4, (parts) =>
        timer(2).pipe(
          concatMap(() => {
            stored.push(`${name}${parts}`);
            return of(name);
          }),
        ),
      );
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      const answer$ = timer(10 * index).pipe(
        concatMap(() => write(name)),
        catchError((error: unknown) => cold('#', {}, (error as Error).message)),
      );
      expectObservable(answer$, '^ 39ms !').toBe(
        expected[index]!,
        undefined,
        `Cannot b: write 2 of this process must ${fault}`,
      );
    }
    if (wakeAt !== undefined)
      timer(wakeAt).subscribe(() => {
        crash.wake();
      });
  });
  return stored;
}

const never = '-';
const first = '--(a|)';
const third = ' 22ms (c|)';

describe('CrashPoint', () => {
  it('answers a write that fails with an error, once, with none, half or all of it stored', () => {
    expect(threeWrites('fail-before', [first, ' 10ms #', third])).toEqual(['a4', 'c4']);
    expect(threeWrites('fail-within', [first, ' 12ms #', third])).toEqual(['a4', 'b2', 'c4']);
    expect(threeWrites('fail-after', [first, ' 12ms #', third])).toEqual(['a4', 'b4', 'c4']);
  });

  it('never answers a write that hangs, and answers the next one', () => {
    expect(threeWrites('hang-before', [first, never, third])).toEqual(['a4', 'c4']);
    expect(threeWrites('hang-within', [first, never, third])).toEqual(['a4', 'b2', 'c4']);
    expect(threeWrites('hang-after', [first, never, third])).toEqual(['a4', 'b4', 'c4']);
  });

  it('answers and stores nothing once it is dead', () => {
    expect(threeWrites('die-before', [first, never, never])).toEqual(['a4']);
    expect(threeWrites('die-within', [first, never, never])).toEqual(['a4', 'b2']);
    expect(threeWrites('die-after', [first, never, never])).toEqual(['a4', 'b4']);
  });

  it('makes and answers the calls of a process that stood still when it wakes up', () => {
    expect(threeWrites('stall-before', [first, ' 32ms (b|)', ' 32ms (c|)'], { wakeAt: 30 })).toEqual([
      'a4',
      'b4',
      'c4',
    ]);
    expect(threeWrites('stall-within', [first, ' 30ms #', ' 32ms (c|)'], { wakeAt: 30 })).toEqual([
      'a4',
      'b2',
      'c4',
    ]);
    expect(threeWrites('stall-after', [first, ' 30ms (b|)', ' 32ms (c|)'], { wakeAt: 30 })).toEqual([
      'a4',
      'b4',
      'c4',
    ]);
  });

  it('gives no answer to what was under way when it died', () => {
    runMarbles(({ cold, expectObservable }) => {
      const crash = new CrashPoint();
      expectObservable(crash.read(() => cold('-a-b|'))).toBe('-a-');
      timer(2).subscribe(() => {
        crash.die();
      });
    });
  });

  it('counts, for a fault that strikes within a write, only writes of two parts or more', () => {
    runMarbles(() => {
      const crash = new CrashPoint({ at: 1, fault: 'fail-within' });
      crash.write('one', 1, () => of(1)).subscribe();
      expect(crash.struck).toBeUndefined();
      crash.write('two', 2, () => of(1)).subscribe({ error: () => undefined });
      expect(crash.struck).toEqual({ at: 1, write: 'two' });
    });
  });

  it('calls the kill at a fault that dies, when what is to be stored is', () => {
    const stored: number[] = [];
    let killed = 0;
    const crash = new CrashPoint({ fault: 'die-within', kill: () => (killed = stored.length) });
    crash
      .write('save', 4, (parts) => {
        stored.push(parts);
        return of(parts);
      })
      .subscribe();
    expect([stored, killed]).toEqual([[2], 1]);
  });

  it('refuses what was never answered when the run is over, and cleans up', () => {
    runMarbles(({ cold, expectObservable }) => {
      const crash = new CrashPoint();
      const cleaned: string[] = [];
      crash.whenOver(() => cleaned.push('closed'));
      const answer$ = crash
        .read(() => cold('-a-b|'))
        .pipe(catchError((error: unknown) => of((error as Error).message)));
      expectObservable(answer$).toBe('-a-------(e|)', {
        a: 'a',
        e: "Cannot store a commit of job '': its process is dead",
      });
      timer(2).subscribe(() => {
        crash.die();
      });
      timer(9).subscribe(() => {
        crash.end();
        crash.end();
        expect(cleaned).toEqual(['closed']);
      });
    });
  });

  it('refuses a write that does not exist', () => {
    expect(() => new CrashPoint({ at: 0 })).toThrow(RangeError);
  });
});

describe('CrashPoint.strikes$', () => {
  it.each(['stall-after', 'stall-within', 'hang-after', 'die-after'] as const)(
    'tells of a write that must %s, also when its caller leaves before the answer',
    (fault) => {
      const told: string[] = [];
      let kills = 0;
      runMarbles(() => {
        const crash = new CrashPoint({ fault, kill: () => (kills += 1) });
        crash.strikes$.subscribe(({ at, write }) => told.push(`${String(at)} ${write}`));
        const writing = crash.write('renew', 2, () => timer(5)).subscribe();
        timer(2).subscribe(() => {
          writing.unsubscribe();
        });
      });
      expect([told, kills]).toEqual([['1 renew'], fault === 'die-after' ? 1 : 0]);
    },
  );
});

import {
  BehaviorSubject,
  catchError,
  EMPTY,
  filter,
  map,
  NEVER,
  of,
  Subject,
  take,
  takeUntil,
  throwError,
  toArray,
} from 'rxjs';
import type { JobCommand, JobEvent } from 'sluice';
import { execute } from 'sluice';
import { runMarbles } from 'sluice/testing';
import { describe, expect, it } from 'vitest';
import { Endless } from '../chunks/endless.js';
import { eventLetter } from './event-letters.js';

const spec = { id: 'job', kind: 'test', chunks: [0, 1, 2] };

describe('execute, called back in the middle of something', () => {
  it('starts no merge when the consumer leaves at job-merging', () => {
    const merges: string[] = [];

    execute(spec, {
      worker: ({ index }) => of(index),
      merge: () => {
        merges.push('called');
        return NEVER;
      },
    })
      .pipe(
        filter(({ type }) => type === 'job-merging'),
        take(1),
      )
      .subscribe();

    expect(merges).toEqual([]);
  });

  it('counts progress by one where the consumer raises the concurrency at the first completion', () => {
    const concurrency$ = new BehaviorSubject(1);
    const progress: number[] = [];

    execute(spec, {
      worker: ({ index }) => of(index),
      concurrency: concurrency$,
      onProgress: (completed) => progress.push(completed),
    }).subscribe(({ type }) => {
      if (type === 'chunk-completed' && concurrency$.value === 1) concurrency$.next(2);
    });

    expect(progress).toEqual([1, 2, 3]);
  });

  it('counts no progress once onProgress has made the consumer leave', () => {
    const left$ = new Subject<void>();
    const progress: number[] = [];

    execute(spec, {
      worker: ({ index }) => of(index),
      onProgress: (completed) => {
        progress.push(completed);
        left$.next();
      },
    })
      .pipe(takeUntil(left$))
      .subscribe();

    expect(progress).toEqual([1]);
  });

  it('starts no chunk after one whose worker pauses the job', () => {
    const commands$ = new Subject<JobCommand>();
    const started: number[] = [];
    const events: JobEvent[] = [];

    execute(spec, {
      worker: ({ index }) => {
        started.push(index);
        if (index === 0) commands$.next('pause');
        return of(index);
      },
      commands$,
      concurrency: 3,
    }).subscribe((event) => events.push(event));

    expect(started).toEqual([0]);
    expect(events.map(eventLetter).join('')).toBe('sp0P');
  });

  it('refuses nothing once the stream has ended, nor what was commanded in its last event', () => {
    const commands$ = new Subject<JobCommand>();
    const calls: string[] = [];

    execute(spec, {
      worker: ({ index }) => of(index),
      commands$,
      onRefused: () => calls.push('refused'),
    }).subscribe({
      next: ({ type }) => {
        if (type === 'job-completed') commands$.next('pause');
      },
      complete: () => calls.push('complete'),
    });

    expect(calls).toEqual(['complete']);
  });

  it('leaves commands that never let go as soon as the consumer has left', () => {
    const endless = new Endless<JobCommand>('pause');
    const letters: string[] = [];

    execute(spec, { worker: () => NEVER, commands$: endless.values$ })
      .pipe(take(1))
      .subscribe((event) => letters.push(eventLetter(event)));

    expect(letters).toEqual(['P']);
    expect(endless.emitted).toBe(1);
  });

  it('runs nothing more once a chunk has failed the job, however many retries are due', () => {
    const started: string[] = [];
    runMarbles(({ expectObservable }) => {
      const letters$ = execute(
        { ...spec, chunks: [0, 1, 2, 3, 4] },
        {
          worker: ({ index, attempt }) => {
            started.push(`${index}/${attempt}`);
            return throwError(() => new Error('no'));
          },
          concurrency: 2,
          retry: { retries: 1, delayMs: 4 },
        },
      ).pipe(
        map(eventLetter),
        catchError(() => EMPTY),
        toArray(),
        map(join),
      );
      expectObservable(letters$).toBe('----(a|)', { a: 'srrrrrxfF' });
    });

    expect(started.slice(5)).toEqual(['0/2']);
  });
});

function join(letters: readonly string[]): string {
  return letters.join('');
}

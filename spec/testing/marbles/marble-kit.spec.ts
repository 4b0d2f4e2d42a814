import { map } from 'rxjs';
import { describe, it } from 'vitest';
import { manageJob } from '../../../lib/manager/manage-job.js';
import { marbleJobRepository } from '../../../lib/testing/marbles/marble-job-repository.js';
import { marbleWorker } from '../../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../../lib/testing/marbles/run-marbles.js';

describe('the marble kit', () => {
  it('draws the whole life of a job: paused, its work stopped, and resumed', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['----a|', '-----b|'], { teardown: '--|' });
      const repository = marbleJobRepository(helpers);
      const commands$ = helpers.commands(' -------P---r');
      const states = '                     (ir)-r-x-z-r-----(rc|)';
      const first = '                      ^----!';
      const second = [' -----^-!', '         -----------^-----!'];
      const job$ = manageJob(
        { id: 'job', kind: 'test', chunks: [1, 2] },
        { worker, repository, concurrency: 1, commands$ },
      );

      helpers.expectObservable(job$.pipe(map(({ state }) => state))).toBe(states, {
        i: 'pending',
        r: 'running',
        x: 'pausing',
        z: 'paused',
        c: 'completed',
      });
      helpers.expectSubscriptions(worker.subscriptions).toBe([first, ...second]);
      helpers.expectSubscriptions(worker.teardownsOf(1)).toBe('-------^-!');
    });
  });

  it('draws what is shown, when saves take time: nothing before it has been stored', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '--a|');
      const repository = marbleJobRepository(helpers, { save: '--|' });
      const job$ = manageJob({ id: 'job', kind: 'test', chunks: [1] }, { worker, repository });

      helpers
        .expectObservable(job$.pipe(map(({ state, completedChunks }) => `${state} ${completedChunks}`)))
        .toBe('i-r--d-(c|)', {
          i: 'pending 0',
          r: 'running 0',
          d: 'running 1',
          c: 'completed 1',
        });
      helpers.expectSubscriptions(repository.saves).toBe(['^-!', '---^-!', '-----^-!']);
    });
  });
});

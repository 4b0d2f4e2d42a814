import { range } from '../../../model/spec/chunk-range.js';
import type { OutcomeQuery } from '../../../ports/job-repository.js';
import type { JsonValue } from '../../../model/spec/json.js';
import { chain, commit, completed, failed, failedJob, redriven, retrying } from './contract-job.js';
import { refused, same } from './expectations.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `outcomes()`. */
export const outcomesTests: readonly RepositoryTest[] = [
  [
    'refuses with JOB_NOT_FOUND the outcomes of what is not there',
    async (repository) => {
      for (const id of ['job', '..', ''])
        await refused(repository.outcomes(id), 'JOB_NOT_FOUND', `outcomes(${JSON.stringify(id)})`);
    },
  ],
  [
    'has no outcomes before there are any',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.save(commit(lease, snapshot, retrying(0)));
      same(await repository.outcomes('job'), [], 'the outcomes');
    },
  ],
  [
    'streams outcomes in the order of their chunks, not of their completion',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const order = [7, 2, 9, 0, 4];
      await repository.save(
        ...chain(
          lease,
          snapshot,
          order.map((index) => completed(index, `result ${index}`)),
        ),
      );
      same(
        (await repository.outcomes('job')).map(({ index }) => index),
        [0, 2, 4, 7, 9],
        'the indexes',
      );
    },
  ],
  [
    'keeps the last outcome of a chunk that has several',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.save(
        ...chain(lease, snapshot, [failed(5, 1), completed(6, 'six'), completed(5, 'at last', 2)]),
      );
      same(
        (await repository.outcomes('job')).map((outcome) =>
          outcome.status === 'completed' ? outcome.result : outcome.error.message,
        ),
        ['at last', 'six'],
        'the outcomes',
      );
    },
  ],
  [
    'gives failed chunks back with their error and its causes',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const error = {
        name: 'TypeError',
        message: 'no "such" row\n',
        code: 'E_ROW',
        index: 3,
        attempt: 2,
        cause: { name: 'Error', message: 'deeper' },
      };
      await repository.save(
        commit(lease, snapshot, { type: 'chunk-failed', index: 3, attempt: 2, error, at: 1_003 }),
      );
      same(
        await repository.outcomes('job'),
        [{ status: 'failed', index: 3, attempt: 2, error, at: 1_003 }],
        'the outcomes',
      );
    },
  ],
  [
    'gives results of every kind back unchanged, and tells no result from null',
    async (repository) => {
      const results: readonly JsonValue[] = [
        null,
        0,
        -0.5,
        1e300,
        '',
        'line\nfeed \u2028 "quoted" \u{1f600} \ud800',
        false,
        [],
        [[1, [null]], {}],
        { a: { b: [] }, type: 'chunk-failed', crc32: 'x', '': 1 },
        'x'.repeat(300_000),
      ];
      const { lease, snapshot } = await repository.running('job', { chunks: range(results.length + 1, 1) });
      const events = results.map((result, index) => completed(index, result));
      await repository.save(
        ...chain(lease, snapshot, [
          ...events,
          { type: 'chunk-completed', index: results.length, attempt: 1, at: 1 },
        ]),
      );
      const outcomes = await repository.outcomes('job');
      results.forEach((result, index) => {
        const outcome = outcomes[index];
        same(outcome?.status === 'completed' ? outcome.result : outcome, result, `result ${index}`);
      });
      same('result' in outcomes.at(-1)!, false, 'whether a chunk that completed without a result has one');
    },
  ],
  [
    'gives the outcomes back as they were when a run ended, and as they are now for one that has not',
    async (repository) => {
      const { lease, snapshot } = await repository.running('job', { chunks: range(4, 1) });
      const first = chain(lease, snapshot, [completed(0, 'zero'), failed(1, 1), failed(2, 2), ...failedJob]);
      await repository.save(...first);
      const second = chain(lease, first.at(-1)!.snapshot, [
        redriven([1, 2]),
        failed(2, 5),
        completed(1, 'at last', 4),
      ]);
      await repository.save(...second);
      const told = async (run?: number): Promise<readonly string[]> =>
        (await repository.outcomes('job', { run })).map(
          ({ status, index, attempt }) => `${index} ${status} ${attempt}`,
        );
      const afterFirst = ['0 completed 1', '1 failed 1', '2 failed 2'];
      const afterSecond = ['0 completed 1', '1 completed 4', '2 failed 5'];
      same(await told(1), afterFirst, 'the outcomes of run 1');
      for (const run of [2, 3, undefined])
        same(await told(run), afterSecond, `the outcomes of run ${run}, in the second run`);
      await repository.release(lease);
      const again = await repository.acquire('job', { owner: 'second' });
      const third = chain(again.lease, again.snapshot, [
        completed(3, 'three'),
        ...failedJob,
        redriven([2, 2]),
        completed(2, 'two', 6),
      ]);
      await repository.save(...third);
      same(await told(1), afterFirst, 'the outcomes of run 1, later');
      same(await told(2), [...afterSecond, '3 completed 1'], 'the outcomes of run 2');
      same(
        await told(3),
        ['0 completed 1', '1 completed 4', '2 completed 6', '3 completed 1'],
        'the outcomes of run 3',
      );
      same(await told(3), await told(), 'the outcomes of the last run and those of now');
    },
  ],
  [
    'tells runs apart that end and begin within one commit',
    async (repository) => {
      const { lease, snapshot } = await repository.running('job', { chunks: range(2, 1) });
      await repository.save(
        commit(
          lease,
          snapshot,
          completed(0),
          failed(1, 1),
          ...failedJob,
          redriven([1, 1]),
          completed(1, 'at last', 2),
        ),
      );
      same(
        (await repository.outcomes('job', { run: 1 })).map(({ status }) => status),
        ['completed', 'failed'],
        'the outcomes of run 1',
      );
      same(
        (await repository.outcomes('job', { run: 2 })).map(({ status }) => status),
        ['completed', 'completed'],
        'the outcomes of run 2',
      );
    },
  ],
  [
    'gives the outcomes that were stored after a revision',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const one = commit(lease, snapshot, completed(4), completed(0));
      const two = commit(lease, one.snapshot, completed(2), failed(7, 1));
      const three = commit(lease, two.snapshot, retrying(5));
      const four = commit(lease, three.snapshot, completed(1));
      await repository.save(one, two);
      await repository.save(three, four);
      const since = async (revision: number): Promise<readonly number[]> =>
        (await repository.outcomes('job', { since: revision })).map(({ index }) => index);
      same(await since(0), [0, 1, 2, 4, 7], 'all of them');
      same(await since(snapshot.revision), [0, 1, 2, 4, 7], 'those after the start');
      same(await since(one.snapshot.revision), [1, 2, 7], 'those after the first commit');
      same(await since(two.snapshot.revision), [1], 'those after the second commit');
      same(await since(three.snapshot.revision), [1], 'those after a commit without outcomes');
      same(await since(four.snapshot.revision), [], 'those after the last commit');
    },
  ],
  [
    'gives the outcome of a chunk that was decided again after a revision',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const first = commit(lease, snapshot, failed(1, 1), completed(2), ...failedJob);
      const second = commit(lease, first.snapshot, redriven([1, 1]), completed(1, 'at last', 2));
      await repository.save(first, second);
      const told = async (query: OutcomeQuery): Promise<readonly string[]> =>
        (await repository.outcomes('job', query)).map(({ index, status }) => `${index} ${status}`);
      same(await told({ since: first.snapshot.revision }), ['1 completed'], 'those after the first run');
      same(
        await told({ since: snapshot.revision, run: 1 }),
        ['1 failed', '2 completed'],
        'those of the first run',
      );
      same(
        await told({ since: first.snapshot.revision, run: 1 }),
        [],
        'those of the first run, after its end',
      );
    },
  ],
  [
    'gives the outcomes of failed chunks alone, or of completed ones',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const first = commit(lease, snapshot, failed(1, 1), completed(2), failed(3, 1), ...failedJob);
      const second = commit(lease, first.snapshot, redriven([1, 3]), completed(3, 'at last', 2));
      await repository.save(first, second);
      const indexes = async (query: OutcomeQuery): Promise<readonly number[]> =>
        (await repository.outcomes('job', query)).map(({ index }) => index);
      same(await indexes({ failed: true }), [1], 'the failed chunks');
      same(await indexes({ failed: false }), [2, 3], 'the completed chunks');
      same(await indexes({ failed: undefined }), [1, 2, 3], 'all chunks');
      same(await indexes({ failed: true, run: 1 }), [1, 3], 'the chunks that failed in the first run');
      same(await indexes({ failed: true, since: first.snapshot.revision }), [], 'those that failed after it');
    },
  ],
];

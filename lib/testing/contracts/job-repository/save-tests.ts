import { range } from '../../../model/spec/chunk-range.js';
import type { JobCommit } from '../../../model/job-commit.js';
import { commit, completed, failed, retrying } from './contract-job.js';
import { refused, same } from './expectations.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `save()`. */
export const saveTests: readonly RepositoryTest[] = [
  [
    'shows what was saved as soon as the save completes',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const next = commit(lease, snapshot, completed(4, { rows: 12 }));
      await repository.save(next);
      same((await repository.stored('job')).snapshot, next.snapshot, 'the snapshot');
      same(
        await repository.outcomes('job'),
        [{ status: 'completed', index: 4, attempt: 1, result: { rows: 12 }, at: 1_004 }],
        'the outcomes',
      );
    },
  ],
  [
    'stores a batch in order, and commits of several events',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const one = commit(lease, snapshot, completed(1), completed(0), retrying(2));
      const two = commit(lease, one.snapshot, failed(2, 2));
      const three = commit(lease, two.snapshot, completed(3), completed(4));
      await repository.save(one, two, three);
      same((await repository.stored('job')).snapshot, three.snapshot, 'the snapshot');
      same(
        (await repository.outcomes('job')).map(({ index, status }) => `${index} ${status}`),
        ['0 completed', '1 completed', '2 failed', '3 completed', '4 completed'],
        'the outcomes',
      );
    },
  ],
  [
    'stores every revision of a job of two thousand commits',
    async (repository) => {
      const { lease, snapshot } = await repository.running('job', { chunks: range(2_000, 1) });
      let last = snapshot;
      for (let index = 0; index < 2_000; index += 8) {
        const batch: JobCommit[] = [];
        for (let i = index; i < index + 8; i++) {
          const next = commit(lease, last, completed(i, i));
          batch.push(next);
          last = next.snapshot;
        }
        await repository.save(...batch);
      }
      same((await repository.stored('job')).snapshot, last, 'the snapshot');
      same(
        (await repository.outcomes('job')).every(
          (outcome, i) => outcome.status === 'completed' && outcome.result === i,
        ),
        true,
        'whether each chunk has its result',
      );
    },
  ],
  [
    'refuses with CONFLICT a commit that skips a revision, and stores none of it',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const skipped = commit(lease, snapshot, completed(0));
      await refused(
        repository.save(commit(lease, skipped.snapshot, completed(1))),
        'CONFLICT',
        'save() of a commit that skips one',
      );
      same((await repository.stored('job')).snapshot, snapshot, 'the snapshot');
      await repository.save(skipped);
    },
  ],
  [
    'refuses with CONFLICT a batch with a gap, having stored a prefix of whole commits or nothing',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const one = commit(lease, snapshot, completed(0), completed(1));
      const two = commit(lease, one.snapshot, completed(2));
      const three = commit(lease, two.snapshot, completed(3));
      await refused(repository.save(one, three), 'CONFLICT', 'save() of a batch with a gap');
      const { revision } = (await repository.stored('job')).snapshot;
      same(
        [snapshot.revision, one.snapshot.revision].includes(revision),
        true,
        `whether revision ${revision} is one before the gap`,
      );
      await repository.save(one, two, three);
      same(
        (await repository.stored('job')).snapshot,
        three.snapshot,
        'the snapshot after the whole batch was sent',
      );
    },
  ],
  [
    'accepts again what is stored already, alone or before what is new, and stores it once',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const one = commit(lease, snapshot, completed(0, 'a'));
      const two = commit(lease, one.snapshot, completed(1, 'b'));
      const three = commit(lease, two.snapshot, completed(2, 'c'));
      await repository.save(one, two);
      await repository.save(one, two);
      await repository.save(one);
      same((await repository.stored('job')).snapshot, two.snapshot, 'the snapshot after sending again');
      await repository.save(two, three);
      same(
        (await repository.stored('job')).snapshot,
        three.snapshot,
        'the snapshot after sending old and new',
      );
      same((await repository.outcomes('job')).length, 3, 'the number of outcomes');
    },
  ],
  [
    'refuses with CONFLICT a revision that an earlier owner stored',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.save(commit(lease, snapshot, completed(0, 'first')));
      const second = await repository.reacquire(lease);
      await refused(
        repository.save(commit(second.lease, snapshot, completed(0, 'second'))),
        'CONFLICT',
        'save() of a revision of the earlier owner',
      );
      same(
        (await repository.outcomes('job')).map((outcome) => outcome.status === 'completed' && outcome.result),
        ['first'],
        'the results',
      );
    },
  ],
];

import { cancel, commit, completed, pause, tenChunks } from './contract-job.js';
import { oneSucceeds, refused, same } from './expectations.js';
import { passed } from './passed.js';
import type { TwoInstanceTest } from './repository-test.js';

/** What holds between two instances over one storage, as two processes have them. */
export const twoInstanceTests: readonly TwoInstanceTest[] = [
  [
    'shows in one instance what another has stored, and no more of what it has deleted',
    async (first, second) => {
      same(await second.list(), [], 'list() before');
      const { lease, snapshot } = await first.running();
      const next = commit(lease, snapshot, completed(3, 'three'));
      await first.save(next);
      same(await second.stored('job'), await first.stored('job'), 'load()');
      same(await second.snapshot('job'), next.snapshot, 'snapshot()');
      same(await second.list(), [next.snapshot], 'list()');
      same(await second.outcomes('job'), await first.outcomes('job'), 'outcomes()');
      await first.delete('job', lease);
      same(await second.snapshot('job'), undefined, 'snapshot() after the deletion');
      same(await second.list(), [], 'list() after the deletion');
    },
  ],
  [
    'lets one of two instances create a job',
    async (first, second) => {
      const results = await Promise.allSettled([
        first.createOwned(tenChunks('job'), { owner: 'first' }),
        second.createOwned(tenChunks('job'), { owner: 'second' }),
      ]);
      oneSucceeds(results, 'JOB_EXISTS', 'create()');
    },
  ],
  [
    'keeps a job that one instance owns from the other, until it is released',
    async (first, second) => {
      const { lease, snapshot } = await first.running();
      await refused(second.acquire('job'), 'JOB_OWNED', 'acquire() in the other instance');
      await refused(second.delete('job'), 'JOB_OWNED', 'delete() in the other instance');
      same(await second.claimed(), [], 'the jobs that the other instance claims');
      await first.release(lease);
      const [claimed] = await second.claim();
      same(claimed?.snapshot, snapshot, 'the snapshot that the other instance claims then');
      await refused(first.save(commit(lease, snapshot, completed(0))), 'CONFLICT', 'save() by the first');
      await second.save(commit(claimed!.lease, snapshot, completed(0)));
    },
  ],
  [
    'keeps an owner that was passed over in another instance from writing',
    async (first, second) => {
      await first.create(tenChunks('job'));
      const lost = await first.acquire('job', { leaseMs: first.shortLeaseMs });
      const next = await second.afterExpiry(() => second.acquire('job', { owner: 'second' }));
      await refused(
        first.save(commit(lost.lease, lost.snapshot, { type: 'job-started', at: 1_001 })),
        'CONFLICT',
        'save() by the owner that was passed over',
      );
      await refused(first.renew(lost.lease), 'CONFLICT', 'renew() by it');
      await second.save(commit(next.lease, next.snapshot, { type: 'job-started', at: 1_002 }));
      same((await first.snapshot('job'))?.startedAt, 1_002, 'startedAt');
    },
  ],
  [
    'never gives one job to claimers in two instances, nor one that is being created with its owner',
    async (first, second) => {
      const ids = Array.from({ length: 8 }, (_, i) => `free-${i}`);
      for (const id of ids) await first.create(tenChunks(id));
      let isMaking = true;
      const owned = Promise.all(
        Array.from({ length: 8 }, (_, i) => second.createOwned(tenChunks(`owned-${i}`))),
      ).finally(() => (isMaking = false));
      const claimed: string[] = [];
      while (isMaking) {
        const both = await Promise.all([first.claimed({ limit: 3 }), second.claimed({ limit: 3 })]);
        claimed.push(...both.flat());
        await passed(0);
      }
      claimed.push(...(await first.claimed()));
      same([...claimed].sort(), ids, 'the jobs that were claimed');
      for (const { lease, snapshot } of await owned)
        await second.save(commit(lease, snapshot, { type: 'job-started', at: 1_001 }));
    },
  ],
  [
    'takes commands from one instance to the owner in the other',
    async (first, second) => {
      const { lease } = await first.running();
      const heard = first.commands(lease, 2);
      await second.send('job', pause);
      await second.send('job', cancel);
      same(await heard, [pause, cancel], 'the commands');
    },
  ],
];

/** What holds of `watch()` between two instances. */
export const watchElsewhereTests: readonly TwoInstanceTest[] = [
  [
    'tells in one instance what is done in the other',
    async (first, second) => {
      const stored = await second.running('stored');
      await second.running('sent');
      await second.create(tenChunks('deleted'));
      const watch = await first.watch();
      await second.create(tenChunks('created'));
      await watch.told('created');
      await second.save(commit(stored.lease, stored.snapshot, completed(0)));
      await watch.told('stored');
      await second.send('sent', pause);
      await watch.told('sent');
      await second.delete('deleted');
      await watch.told('deleted');
      const one = await first.watch('stored');
      await second.release(stored.lease);
      await one.told('stored');
    },
  ],
];

import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Subscription } from 'rxjs';
import { isSluiceError } from '../../../lib/errors/is-sluice-error.js';
import { FileJobRepository } from '../../../lib/node/files/file-job-repository.js';
import { JobAuthor } from './job-author.js';

/**
 * A process that owns a job, for specs that kill it or stop it. Its arguments: the store, how long its lease holds in ms. It says `owned`, or the
 * code of the refusal; then for each index that comes in on a line it completes that chunk and says `stored <revision>`, or the code of the error.
 * `renew` renews the lease; `send` sends the job a `pause`; `listen` makes it say `got <command>` for each command to the job; `hold` does the same, with the
 * process held up for good at the first command, before it can be removed; `leave` ends that; `release` gives the job back; `resources` names the timers and
 * watches that are open.
 */
const [directory = '', leaseMs = ''] = process.argv.slice(2);

async function answer(say: () => Promise<string>): Promise<void> {
  try {
    console.log(await say());
  } catch (error) {
    console.log(isSluiceError(error) ? error.code : String(error));
  }
}

const repository = new FileJobRepository({ directory });
let author: JobAuthor | undefined;
let listening = Subscription.EMPTY;
await answer(async () => {
  author = await JobAuthor.takeOver(repository, 'job', Number(leaseMs));
  return 'owned';
});
for await (const line of createInterface({ input: process.stdin })) {
  await answer(async () => {
    if (line === 'renew') {
      if (author) await repository.renew(author.lease);
      return 'renewed';
    }
    if (line === 'leave') {
      listening.unsubscribe();
      return 'left';
    }
    if (line === 'release') {
      await author?.release();
      return 'released';
    }
    if (line === 'resources') {
      return process
        .getActiveResourcesInfo()
        .filter((kind) => kind === 'Timeout' || kind === 'FSEventWrap')
        .sort()
        .join(' ');
    }
    if (line === 'send') {
      await repository.send('job', { type: 'pause' });
      return 'sent';
    }
    if (line === 'listen' || line === 'hold') {
      listening = repository.commands(author!.lease).subscribe({
        next: (command) => {
          writeSync(1, `got ${JSON.stringify(command)}\n`);
          if (line === 'hold') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        },
        error: (error: unknown) => {
          console.log(`ended ${isSluiceError(error) ? error.code : String(error)}`);
        },
      });
      return 'listening';
    }
    await author?.complete(Number(line));
    return `stored ${author?.snapshot.revision}`;
  });
}

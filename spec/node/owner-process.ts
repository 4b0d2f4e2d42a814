import { createInterface } from 'node:readline';
import { isSluiceError } from '../../lib/errors/sluice-error.js';
import { FileJobRepository } from '../../lib/node/file-job-repository.js';
import { JobAuthor } from './job-author.js';

/**
 * A process that owns a job, for specs that kill it or stop it. Its arguments: the store, how long its lease holds in ms. It says `owned`, or the
 * code of the refusal; then for each index that comes in on a line it completes that chunk and says `stored <revision>`, or the code of the error.
 */
const [directory = '', leaseMs = ''] = process.argv.slice(2);

async function answer(say: () => Promise<string>): Promise<void> {
  try {
    console.log(await say());
  } catch (error) {
    console.log(isSluiceError(error) ? error.code : String(error));
  }
}

let author: JobAuthor | undefined;
await answer(async () => {
  author = await JobAuthor.takeOver(new FileJobRepository({ directory }), 'job', Number(leaseMs));
  return 'owned';
});
for await (const line of createInterface({ input: process.stdin })) {
  await answer(async () => {
    if (line === 'renew') {
      await author?.repository.renew(author.lease);
      return 'renewed';
    }
    await author?.complete(Number(line));
    return `stored ${author?.snapshot.revision}`;
  });
}

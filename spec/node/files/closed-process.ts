import { filter, firstValueFrom } from 'rxjs';
import { FileJobRepository } from '../../../lib/node/files/file-job-repository.js';
import { JobAuthor } from './job-author.js';

/**
 * A process that owns a job, listens for its commands and watches, closes its repository, and has nothing else to do then. Its argument is the
 * store.
 */
const repository = new FileJobRepository({ directory: process.argv[2]! });
const author = await JobAuthor.start(repository);
repository.commands(author.lease).subscribe();
const told = firstValueFrom(repository.watch().pipe(filter((jobId) => jobId === 'job')));
repository.watch().subscribe();
repository.watch('job').subscribe();
repository.watch('absent').subscribe();
await author.complete(0);
await told;
await repository.close();
console.log('closed');

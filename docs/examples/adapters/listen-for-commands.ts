import { Observable } from 'rxjs';
import type { JobLease, SentCommand } from 'sluice';
import { isSluiceError } from 'sluice';
import type { Documents } from './documents.js';

const lookEveryMs = 25;

/** Ids of commands that were emitted, and may still be there. */
const taken = new Set<string>();

/** The commands to the owner of a job, until the lease ends. */
export function listenForCommands(documents: Documents, lease: JobLease): Observable<SentCommand> {
  return new Observable((subscriber) => {
    const hadEnded = documents.ended.has(lease.token);
    const listen = async (): Promise<void> => {
      while (!subscriber.closed) {
        const waiting = await documents.changeHeld(lease, ({ fields }) => fields.commands);
        const next = waiting.find(({ id }) => !taken.has(id));
        if (next && !subscriber.closed) {
          taken.add(next.id);
          subscriber.next(Object.freeze(next.command));
          // Emitted first: an owner that dies here leaves it to the next one a second time.
          await documents.changeHeld(lease, (document) => {
            document.removeCommand(next.id);
          });
        } else {
          await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
        }
      }
    };
    listen().catch((error: unknown) => {
      const isOver = !hadEnded && documents.ended.has(lease.token);
      if (isOver && isSluiceError(error) && error.code === 'CONFLICT') subscriber.complete();
      else subscriber.error(error);
    });
  });
}

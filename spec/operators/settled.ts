import { firstValueFrom, timer } from 'rxjs';

/** Resolves when all that is due in microtasks has happened. */
export const settled = (): Promise<unknown> => firstValueFrom(timer(0));

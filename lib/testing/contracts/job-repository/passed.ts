import { firstValueFrom, timer } from 'rxjs';

/** Lets real time pass, of which leases have to know. */
export async function passed(ms: number): Promise<void> {
  await firstValueFrom(timer(ms), { defaultValue: 0 });
}

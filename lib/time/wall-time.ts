import { asyncScheduler } from 'rxjs';

/** The time in epoch ms; the frame, in virtual time. */
export const now = (): number => asyncScheduler.now();

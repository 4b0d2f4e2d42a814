import { runsAll } from './runs-all.js';

/** More than the calls that fit on a stack, about ten thousand: what nests a call for each overflows it. */
export const many: number = runsAll ? 100_000 : 20_000;

import { runsAll } from './runs-all.js';

/** How often a property is tried, and from which seed: what `fc.assert` and `it` take. */
export interface PropertyRuns {
  readonly parameters: { readonly numRuns: number; readonly seed: number };
  readonly timeoutMs: number;
}

const { SLUICE_PROPERTY_RUNS, SLUICE_PROPERTY_SEED } = process.env;

/**
 * The same programs in every run. `SLUICE_PROPERTY_RUNS` and `SLUICE_PROPERTY_SEED` ask for others; fast-check
 * prints the seed of a run that fails.
 *
 * @param runs - how many in `npm test`, and how many in `npm run test:all`
 */
export function propertyRuns(runs: { readonly quick: number; readonly all: number }): PropertyRuns {
  const numRuns = Number(SLUICE_PROPERTY_RUNS ?? (runsAll ? runs.all : runs.quick));
  const seed = Number(SLUICE_PROPERTY_SEED ?? 20_261_128);
  return { parameters: { numRuns, seed }, timeoutMs: Math.max(120_000, numRuns * 60) };
}

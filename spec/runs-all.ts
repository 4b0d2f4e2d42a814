/**
 * Whether the long form of every spec is asked for: `npm run test:all`. The one place that reads
 * `SLUICE_TEST`.
 */
export const runsAll: boolean = process.env.SLUICE_TEST === 'all';

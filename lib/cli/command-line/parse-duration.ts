import { InvalidArgumentError } from 'commander';

const unitMs: { readonly [unit: string]: number } = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A length of time as it is written on the command line: `7d`, `12h`, `30m`, `45s`, `0`.
 *
 * @returns ms
 * @throws InvalidArgumentError
 */
export function parseDuration(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * unitMs[unit]!;
  if (text === '0') return 0;
  throw new InvalidArgumentError('It must be like 7d, 12h, 30m, 45s or 0.');
}

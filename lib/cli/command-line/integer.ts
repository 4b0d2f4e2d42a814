import { InvalidArgumentError } from 'commander';

/** Takes an integer, also a negative one. */
export function integer(text: string): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be an integer.');
}

import { InvalidArgumentError } from 'commander';

/** Takes an integer of `least` or more. */
export function count(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be an integer of ${least} or more.`);
  };
}

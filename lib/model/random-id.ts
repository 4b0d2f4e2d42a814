/**
 * Random hexadecimal digits, also where `crypto.randomUUID` is missing: on pages that came over plain HTTP.
 *
 * @param bytes - how many random bytes they stand for, two digits each: 1 or more
 */
export function randomId(bytes = 16): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

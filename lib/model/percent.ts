/**
 * A share in whole per cents, rounded: 0 to 100. 100 stands for all of it, and only for that; 99.7 % is 99.
 *
 * @example What a bar says
 * ```ts
 * import { percent } from 'sluice';
 *
 * console.log(percent(2, 3), percent(398, 400), percent(400, 400)); // 67 99 100
 * ```
 *
 * @param part - 0 or more
 * @param whole - at least `part`; of 0, all is done
 */
export function percent(part: number, whole: number): number {
  return part >= whole ? 100 : Math.min(99, Math.round((part / whole) * 100));
}

import { isSluiceError } from 'sluice';

/** What a call gives, or `undefined` where it is refused for that reason. */
export async function unlessRefused<T>(code: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isSluiceError(error) && error.code === code) return undefined;
    throw error;
  }
}

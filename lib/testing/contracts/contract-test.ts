/** One test of a contract, for any test runner: `for (const { name, run } of contract) it(name, run);` */
export interface ContractTest {
  /** What holds, as a sentence in the present tense. */
  readonly name: string;
  /** Rejects if it does not hold. */
  readonly run: () => Promise<void>;
}

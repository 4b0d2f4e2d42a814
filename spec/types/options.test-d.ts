import { describe, expectTypeOf, it } from 'vitest';
import type {
  JobExecutionOptions,
  JobManagerOptions,
  PersistCommitsOptions,
  RunJobOptions,
  RunOptions,
} from 'sluice';

/** Every option that may be left out, given as undefined. */
type Undefined<O> = { [key in keyof O as undefined extends O[key] ? key : never]: undefined };

describe('options that may be left out', () => {
  it('can be given as undefined, which means the default', () => {
    expectTypeOf<Undefined<PersistCommitsOptions>>().toExtend<PersistCommitsOptions>();
    expectTypeOf<Undefined<RunJobOptions>>().toExtend<Omit<RunJobOptions, 'worker'>>();
    expectTypeOf<Undefined<JobExecutionOptions>>().toExtend<Omit<JobExecutionOptions, 'worker'>>();
    expectTypeOf<Undefined<RunOptions>>().toExtend<Omit<RunOptions, 'worker'>>();
    expectTypeOf<Undefined<JobManagerOptions>>().toExtend<Omit<JobManagerOptions, 'repository'>>();
  });
});

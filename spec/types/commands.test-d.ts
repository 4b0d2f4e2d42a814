import {
  concat,
  delay,
  from,
  interval,
  map,
  merge,
  NEVER,
  of,
  scan,
  startWith,
  Subject,
  switchMap,
  take,
  timer,
} from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { ExecuteOptions, JobCommand, JobCommandLike, JobRepository, ManageJobOptions } from 'sluice';
import { execute, manageJob } from 'sluice';

declare const repository: JobRepository;
const spec = { kind: 'test', chunks: [1] };
const worker = (): number => 1;

type Commands = Pick<ManageJobOptions, 'commands$'>;
const given = (_options: Commands): void => undefined;

describe('commands$', () => {
  it('takes commands as they are inferred, without `as const`', () => {
    manageJob(spec, { worker, repository, commands$: of('pause') });
    execute(spec, { worker, commands$: of('pause', 'resume') });
    given({ commands$: of({ type: 'pause', mode: 'stop' }) });
    given({ commands$: from(['pause', 'resume']) });
    given({ commands$: timer(5).pipe(map(() => 'pause')) });
    given({ commands$: timer(5).pipe(map(() => ({ type: 'pause', mode: 'stop' }))) });
    given({
      commands$: timer(5).pipe(
        map(() => ({ type: 'pause', mode: 'stop' })),
        take(1),
      ),
    });
    given({
      commands$: timer(5).pipe(
        take(1),
        map(() => 'pause'),
      ),
    });
    given({
      commands$: timer(5).pipe(
        map(() => 'pause'),
        take(1),
      ),
    });
    given({ commands$: timer(5).pipe(switchMap(() => of('pause'))) });
    given({ commands$: timer(5).pipe(map((count) => (count % 2 === 0 ? 'pause' : 'resume'))) });
    given({ commands$: concat(timer(5).pipe(map(() => 'pause')), of('resume').pipe(delay(5))) });
    given({ commands$: merge(timer(5).pipe(map(() => 'pause')), NEVER) });
    given({ commands$: NEVER.pipe(startWith('cancel')) });
    given({ commands$: interval(5).pipe(scan((last) => (last === 'pause' ? 'resume' : 'pause'), 'resume')) });
    given({ commands$: new Subject<JobCommand>() });
    given({ commands$: undefined });
  });

  it('takes nothing that cannot be one', () => {
    // @ts-expect-error -- a number
    given({ commands$: of(1) });
    // @ts-expect-error -- no type
    given({ commands$: of({ mode: 'stop' }) });
    // @ts-expect-error -- a stream
    given({ commands$: 'pause' });
  });

  it('is precise where the stream is', () => {
    expectTypeOf<JobCommand>().toExtend<JobCommandLike>();
    // @ts-expect-error -- it is `pause`
    new Subject<JobCommand>().next('puase');
    expectTypeOf<Parameters<NonNullable<ExecuteOptions['onRefused']>>[0]>().toEqualTypeOf<JobCommand>();
  });
});

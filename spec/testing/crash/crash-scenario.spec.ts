import { completeSpec, MemoryJobRepository, range } from 'sluice';
import type { JobEventType } from 'sluice';
import type { CrashReport } from 'sluice/testing';
import { crashRepository, crashRun, crashScenarios, runMarbles } from 'sluice/testing';
import { map, timer } from 'rxjs';
import { expect, it } from 'vitest';

/** Runs a scenario in which nothing goes wrong. */
function soundRun(name: string): CrashReport {
  const kept = new MemoryJobRepository();
  let report: CrashReport | undefined;
  runMarbles(() => {
    crashRun({
      scenario: crashScenarios.find((each) => each.name === name)!,
      store: { open: (crash) => crashRepository(kept, crash) },
      spec: completeSpec({ id: 'job', kind: 'crash', chunks: range(12, 1) }),
      worker: ({ index }) => timer(3).pipe(map(() => index)),
      plan: { writeMs: 2 },
      leaseMs: 60,
      patienceMs: 20_000,
    }).subscribe((given) => (report = given));
  });
  return report!;
}

const happens: readonly (readonly [name: string, ...types: readonly JobEventType[]])[] = [
  ['runs to its end', 'job-started', 'chunk-completed', 'job-completed'],
  ['retries some of its chunks', 'chunk-retrying', 'job-completed'],
  ['fails', 'chunk-failed', 'job-failing', 'job-failed'],
  ['goes on without a chunk that failed', 'chunk-failed', 'job-completed'],
  ['is paused and resumed', 'job-pausing', 'job-paused', 'job-resumed', 'job-completed'],
  ['is stopped and resumed', 'job-pausing', 'job-paused', 'job-resumed', 'job-completed'],
  [
    'is paused and resumed by commands that are sent to it',
    'job-pausing',
    'job-paused',
    'job-resumed',
    'job-completed',
  ],
  ['fails and is redriven', 'chunk-failed', 'job-failed', 'job-redriven', 'job-completed'],
  ['is cancelled', 'job-cancelling', 'job-cancelled'],
  ['merges its outcomes', 'job-merging', 'job-completed'],
  ['is deleted while it runs', 'job-cancelling', 'job-cancelled'],
  ['two owners want', 'job-completed'],
  ['is stored for whoever works, who claims it', 'job-completed'],
  ['two that claim want', 'job-completed'],
  ['two managers that work want', 'job-completed'],
];

it.each(happens.map(([name, ...types]) => [name, types] as const))(
  'a job %s: its scenario comes to what it is about',
  (name, types) => {
    const { problems, entries, struck } = soundRun(name);
    expect([problems, struck]).toEqual([[], undefined]);
    const seen = new Set(
      entries.flatMap((entry) =>
        entry.type === 'sent' ? entry.commits.flatMap(({ events }) => events.map(({ type }) => type)) : [],
      ),
    );
    expect([...seen]).toEqual(expect.arrayContaining([...types]));
  },
);

it('the scenarios in virtual time are all looked at here', () => {
  expect(crashScenarios.filter(({ promises = false }) => !promises).map(({ name }) => name)).toEqual(
    happens.map(([name]) => name),
  );
});

import { isDeepStrictEqual } from 'node:util';
import { FileJobRepository } from 'sluice/node';
import { goOn, ids, isTyped, readJob, within } from './sample-store.mjs';

const limitMs = 20_000;

/**
 * Judges copies of a store of which one file was damaged.
 *
 * @param whole - the store before
 */
export async function attackedStore(whole) {
  const before = new Map();
  for (const id of ids) before.set(id, await readJob(new FileJobRepository({ directory: whole }), id));
  const counts = { same: 0, refused: 0, earlier: 0, verified: 0 };
  const problems = [];

  const judgeJob = async (directory, id, what, { mayLoseTail }) => {
    const known = before.get(id);
    const { snapshot, outcomes, error } = await readJob(new FileJobRepository({ directory }), id);
    if (error !== undefined) {
      if (!isTyped(error)) problems.push(`${what}: ${id}: ${error.stack}`);
      return 'refused';
    }
    if (isDeepStrictEqual(snapshot, known.snapshot) && isDeepStrictEqual(outcomes, known.outcomes))
      return 'same';
    const isPart =
      outcomes !== undefined &&
      outcomes.every((outcome) => known.outcomes.some((other) => isDeepStrictEqual(outcome, other)));
    if (!mayLoseTail || snapshot === undefined || !isPart || snapshot.revision >= known.snapshot.revision)
      problems.push(`${what}: ${id} is read as something else: ${JSON.stringify(snapshot)?.slice(0, 200)}`);
    return 'earlier';
  };

  const judgeAll = async (directory, what, options) => {
    const verdicts = [];
    for (const id of ids) verdicts.push(await judgeJob(directory, id, what, options));
    counts[['refused', 'earlier'].find((verdict) => verdicts.includes(verdict)) ?? 'same'] += 1;
    if (
      verdicts.filter((verdict) => verdict !== 'same').length > 1 &&
      !/^\.sluice-store| \.sluice-store/.test(what)
    )
      problems.push(`${what}: hurts more than one job: ${verdicts.join(', ')}`);
    const repository = new FileJobRepository({ directory });
    const listed = [];
    try {
      for await (const { id } of repository.list()) listed.push(id);
    } catch (error) {
      if (!isTyped(error)) problems.push(`${what}: list: ${error.stack}`);
    }
    try {
      if ((await repository.verify()).length > 0) counts.verified += 1;
      else if (verdicts.includes('refused'))
        problems.push(`${what}: verify finds nothing, and it is refused`);
    } catch (error) {
      if (!isTyped(error)) problems.push(`${what}: verify: ${error.stack}`);
      else counts.verified += 1;
    }
    for (const [place, id] of ids.entries()) {
      if (verdicts[place] === 'refused' || before.get(id).snapshot.state === 'completed') continue;
      const problem = await goOn(directory, id);
      if (problem !== undefined) problems.push(`${what}: ${id} ${problem}`);
    }
    for (const id of ids) {
      try {
        await repository.delete(id);
      } catch (error) {
        if (!isTyped(error)) problems.push(`${what}: delete ${id}: ${error.stack}`);
      }
    }
  };

  return {
    judge: async (directory, what, options) => {
      try {
        await within(limitMs, judgeAll(directory, what, options), what);
      } catch (error) {
        problems.push(error.message);
      }
    },
    result: () => ({
      found: `${counts.same} read as before, ${counts.refused} refused by name, ${counts.earlier} at an earlier state; verify tells of ${counts.verified}`,
      problems,
    }),
  };
}

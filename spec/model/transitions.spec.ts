import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InvalidTransitionError } from '../../lib/errors/invalid-transition-error.js';
import type { JobEventType } from '../../lib/model/job-event.js';
import type { JobState } from '../../lib/model/job-state.js';
import { isTerminal } from '../../lib/model/job-state.js';
import type { StateCommand } from '../../lib/model/transitions.js';
import { commandEvent, commandTable, eventTable, nextState } from '../../lib/model/transitions.js';
import { stateTables } from './state-tables.js';

const states = Object.keys(eventTable) as JobState[];
const commands: readonly StateCommand[] = ['pause', 'resume', 'cancel', 'redrive', 'take over'];
const eventTypes = [...new Set(states.flatMap((state) => Object.keys(eventTable[state])))] as JobEventType[];

describe('the table of events', () => {
  const cells = states.flatMap((state) =>
    eventTypes.map((event) => ({ state, event, next: eventTable[state][event] })),
  );

  it.each(cells.filter(({ next }) => next !== undefined))(
    'leads from $state by $event to $next',
    ({ state, event, next }) => {
      expect(nextState('job', state, event)).toBe(next);
      expect(states).toContain(next);
    },
  );

  it.each(cells.filter(({ next }) => next === undefined))(
    'refuses $event in $state, and names both states',
    ({ state, event }) => {
      const apply = (): JobState => nextState('a-job', state, event);
      expect(apply).toThrow(InvalidTransitionError);
      expect(apply).toThrow(
        new RegExp(`^Cannot apply '${event}' to job 'a-job': ${state} does not lead to [a-z]+$`),
      );
    },
  );

  it('leads from pending to every state', () => {
    const reached = new Set<JobState>(['pending']);
    for (const state of reached) for (const next of Object.values(eventTable[state])) reached.add(next);
    expect([...reached].sort()).toEqual(states.toSorted());
  });

  it('leads from every state to an end', () => {
    for (const state of states) {
      const reached = new Set([state]);
      for (const at of reached) for (const next of Object.values(eventTable[at])) reached.add(next);
      expect([...reached].some(isTerminal)).toBe(true);
    }
  });

  it('has no way out of the terminal states but a redrive', () => {
    const ways = states.filter(isTerminal).map((state) => [state, eventTable[state]]);
    expect(Object.fromEntries(ways)).toEqual({
      completed: { 'job-redriven': 'running' },
      failed: { 'job-redriven': 'running' },
      cancelled: { 'job-redriven': 'running' },
    });
  });

  it('leads to each terminal state by its own event only', () => {
    const into = (target: JobState): readonly string[] => [
      ...new Set(
        states.flatMap((state) => eventTypes.filter((event) => eventTable[state][event] === target)),
      ),
    ];
    expect(into('completed')).toEqual(['job-completed']);
    expect(into('failed')).toEqual(['job-failed']);
    expect(into('cancelled')).toEqual(['job-cancelled']);
  });

  it('leads from failing and cancelling to no completion', () => {
    for (const state of ['failing', 'cancelling'] as const)
      expect(eventTable[state]['job-completed']).toBeUndefined();
  });

  it('takes outcomes of chunks only while chunks run', () => {
    for (const event of ['chunk-completed', 'chunk-retrying', 'chunk-failed'] as const) {
      expect(states.filter((state) => eventTable[state][event] !== undefined)).toEqual([
        'running',
        'pausing',
      ]);
      for (const state of ['running', 'pausing'] as const) expect(eventTable[state][event]).toBe(state);
    }
  });

  it('takes word of an abandoned attempt wherever something can still be running, and stays', () => {
    const taking = states.filter((state) => eventTable[state]['attempt-abandoned'] !== undefined);
    expect(taking).toEqual(['running', 'merging', 'pausing', 'cancelling', 'failing']);
    for (const state of taking) expect(eventTable[state]['attempt-abandoned']).toBe(state);
  });
});

describe('the table of commands', () => {
  const cells = states.flatMap((state) =>
    commands.map((command) => ({ state, command, effect: commandTable[state][command] })),
  );

  it('has a cell for every command in every state', () => {
    for (const state of states) expect(Object.keys(commandTable[state]).sort()).toEqual(commands.toSorted());
  });

  it.each(cells.filter(({ effect }) => effect === 'refused'))(
    'refuses $command in $state, and names both states',
    ({ state, command }) => {
      const target = {
        pause: 'paused',
        resume: 'running',
        cancel: 'cancelled',
        redrive: 'running',
        'take over': 'running',
      }[command];
      const give = (): unknown => commandEvent('a-job', state, command);
      expect(give).toThrow(InvalidTransitionError);
      expect(give).toThrow(`Cannot ${command} job 'a-job': ${state} does not lead to ${target}`);
      expect(give).toThrow(expect.objectContaining({ jobId: 'a-job', command, state, target }));
    },
  );

  it.each(cells.filter(({ effect }) => effect === 'nothing'))(
    'has nothing to do for $command in $state',
    ({ state, command }) => {
      expect(commandEvent('job', state, command)).toBeUndefined();
    },
  );

  it.each(cells.filter(({ effect }) => effect !== 'nothing' && effect !== 'refused'))(
    'answers $command in $state with $effect, which the table of events takes there',
    ({ state, command, effect }) => {
      expect(commandEvent('job', state, command)).toBe(effect);
      expect(eventTable[state][effect as JobEventType]).toBeDefined();
    },
  );

  it('lets a job be cancelled from every state that is not terminal', () => {
    for (const state of states.filter((one) => !isTerminal(one)))
      expect(commandTable[state].cancel).not.toBe('refused');
  });

  it('leaves the end of a job to redrive alone', () => {
    for (const state of states.filter(isTerminal)) {
      const { redrive: _, ...others } = commandTable[state];
      expect(Object.values(others).every((effect) => effect === 'nothing' || effect === 'refused')).toBe(
        true,
      );
    }
  });

  it('has, for a job that was left behind, always an answer', () => {
    for (const state of states) expect(commandTable[state]['take over']).not.toBe('refused');
  });
});

describe('docs/states.md', () => {
  it('shows these tables', () => {
    const path = fileURLToPath(new URL('../../docs/states.md', import.meta.url));
    const page = readFileSync(path, 'utf8');
    const expected = stateTables().reduce(
      (text, { name, table }) =>
        text.replace(new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`), `$1\n${table}\n\n$2`),
      page,
    );
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, expected);
    else expect(page).toBe(expected);
  });

  it('has a place for each table, and names every state and every event', () => {
    const page = readFileSync(new URL('../../docs/states.md', import.meta.url), 'utf8');
    for (const { name, table } of stateTables())
      expect(page).toContain(`<!-- ${name} -->\n\n${table}\n\n<!-- end -->`);
    const prose = page.replaceAll(/<!-- [a-z ]+ -->[^]*?<!-- end -->/g, '');
    for (const word of [...states, ...eventTypes]) expect(prose).toContain(`\`${word}\``);
  });
});

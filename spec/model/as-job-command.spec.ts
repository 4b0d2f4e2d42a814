import { describe, expect, it } from 'vitest';
import { asJobCommand } from '../../lib/model/as-job-command.js';

describe('asJobCommand', () => {
  it.each([
    'pause',
    'resume',
    'cancel',
    'detach',
    { type: 'pause', mode: 'stop' },
    { type: 'cancel', reason: 1 },
  ])('takes %j as it is', (command) => {
    expect(asJobCommand(command)).toBe(command);
  });

  it.each([
    ['puase', 'received puase'],
    ['take over', 'received take over'],
    [{ type: 'redrive' }, 'received redrive'],
    [undefined, 'received undefined'],
    [null, 'received null'],
    [{ mode: 'stop' }, 'received [object Object]'],
  ])('refuses %j', (value, received) => {
    expect(() => asJobCommand(value as string)).toThrow(
      new TypeError(`Cannot take command: it must be one of [pause, resume, cancel, detach], ${received}`),
    );
  });

  it('refuses a mode that there is not', () => {
    expect(() => asJobCommand({ type: 'pause', mode: 'hurry' })).toThrow(
      new TypeError(`Cannot take command: 'mode' must be 'drain' or 'stop', received "hurry"`),
    );
  });
});

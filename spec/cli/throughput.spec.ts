import { describe, expect, it } from 'vitest';
import { ThroughputMeter } from '../../lib/cli/throughput.js';
import type { JobSnapshot } from '../../lib/index.js';
import { completeSpec, pendingSnapshot, range } from '../../lib/index.js';

const pending = pendingSnapshot(completeSpec({ id: 'job', kind: 'k', chunks: range(100, 1) }), { at: 0 });
const running = (completedChunks: number, failedChunks = 0): JobSnapshot => ({ ...pending, state: 'running', completedChunks, failedChunks });
const nothing = { perSecond: null, leftMs: null };

describe('ThroughputMeter', () => {
  it('says nothing before five chunks have ended', () => {
    const meter = new ThroughputMeter();
    meter.see(running(0), 0);
    meter.see(running(4), 1_000);
    expect(meter.throughput(1_000)).toEqual(nothing);

    meter.see(running(4, 1), 1_000);
    expect(meter.throughput(1_000)).toEqual({ perSecond: 5, leftMs: 19_000 });
  });

  it('does not count what was done before it looked', () => {
    const meter = new ThroughputMeter();
    meter.see(running(80), 5_000);
    meter.see(running(90), 7_000);

    expect(meter.throughput(7_000)).toEqual({ perSecond: 5, leftMs: 2_000 });
  });

  it('gets slower while nothing ends', () => {
    const meter = new ThroughputMeter();
    meter.see(running(0), 0);
    meter.see(running(50), 1_000);

    expect(meter.throughput(2_000)).toEqual({ perSecond: 25, leftMs: 2_000 });
  });

  it('does not count the time of a pause', () => {
    const meter = new ThroughputMeter();
    meter.see(running(0), 0);
    meter.see(running(10), 1_000);
    meter.see({ ...running(10), state: 'paused' }, 1_000);
    expect(meter.throughput(50_000)).toEqual(nothing);

    meter.see(running(10), 100_000);
    meter.see(running(20), 101_000);
    expect(meter.throughput(101_000)).toEqual({ perSecond: 10, leftMs: 8_000 });
  });
});

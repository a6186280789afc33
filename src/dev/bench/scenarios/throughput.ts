import { startOurs } from '#src/dev/bench/contenders/ours.ts';
import { measureThroughput, type Mix, type Throughput, throughputRow, warmUp } from './measure-throughput.ts';
import type { Scenario } from './scenario.ts';

const MIXES: Mix[] = [
  { fanOut: 1, payloadBytes: 300 },
  { fanOut: 3, payloadBytes: 300 },
  { fanOut: 10, payloadBytes: 300 },
  { fanOut: 1, payloadBytes: 4096 },
];

export const throughput: Scenario<Throughput[]> = {
  title: 'Throughput',
  about:
    'Posts on 64 connections a process as fast as they are answered; deliveries/s counts until the last has come.',
  async measure(laboratory) {
    const ours = await startOurs(laboratory, 'throughput');
    await warmUp(laboratory, ours);
    const results: Throughput[] = [];
    for (const mix of MIXES) results.push(await measureThroughput(laboratory, ours, mix));
    laboratory.findings.maximumPerSecond = results[0]?.deliveredPerSecond ?? Number.NaN;
    return results;
  },
  rows: (results) => results.map(throughputRow),
};

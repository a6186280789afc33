import type { Writes } from '#src/dev/bench/contenders/naive/accept.ts';
import { startNaive } from '#src/dev/bench/contenders/naive/index.ts';
import { measureThroughput, type Throughput, throughputRow, warmUp } from './measure-throughput.ts';
import type { Scenario } from './scenario.ts';

const FAN_OUTS = [1, 3, 10];

const scenarioWith = (writes: Writes, title: string, about: string): Scenario<Throughput[]> => ({
  title,
  about,
  async measure(laboratory) {
    const contender = await startNaive(laboratory, writes);
    await warmUp(laboratory, contender);
    const results: Throughput[] = [];
    for (const fanOut of FAN_OUTS) {
      results.push(await measureThroughput(laboratory, contender, { fanOut, payloadBytes: 300 }));
    }
    return results;
  },
  rows: (results) => results.map(throughputRow),
});

/** The design that a team would write itself. Our targets are relative to its figures. */
export const naive = scenarioWith(
  'single',
  'The naive design',
  'Sequelize inserts a message and pg-boss its jobs in a transaction a request; work() takes batches of 50; fetch sends; Sequelize inserts the attempt.',
);

/** The same design with bulk writes. No target is relative to its figures. */
export const naiveBulk = scenarioWith(
  'bulk',
  'The naive design with bulk writes',
  'The same, but all jobs of a request and all attempts of a batch are one insert each.',
);

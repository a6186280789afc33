import { startNaive } from '../contenders/naive/index.ts';
import { measureThroughput, type Throughput, throughputRow, warmUp } from './measure-throughput.ts';
import type { Scenario } from './scenario.ts';

export const naive: Scenario<Throughput[]> = {
  title: 'The naive design',
  about:
    'Sequelize inserts a message and pg-boss its jobs in a transaction a request; work() takes batches of 50; fetch sends.',
  async measure(laboratory) {
    const contender = await startNaive(laboratory);
    await warmUp(laboratory, contender);
    const results: Throughput[] = [];
    for (const fanOut of [1, 3, 10]) {
      results.push(await measureThroughput(laboratory, contender, { fanOut, payloadBytes: 300 }));
    }
    return results;
  },
  rows: (results) => results.map(throughputRow),
};

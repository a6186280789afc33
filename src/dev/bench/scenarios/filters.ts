import type { Contender } from '#src/dev/bench/contenders/contender.ts';
import { startOurs } from '#src/dev/bench/contenders/ours.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { measureThroughput, warmUp } from './measure-throughput.ts';
import type { Scenario } from './scenario.ts';

interface Compared {
  fanOut: number;
  /** Deliveries a second. */
  without: number;
  filtered: number;
  /** CPU seconds of the server for 1,000 deliveries. */
  cpuWithout: number;
  cpuFiltered: number;
}

const FAN_OUTS = [1, 3, 10];
const PAYLOAD_BYTES = 300;
/** Every message passes, after all of it was tested. */
const FILTER = {
  event_type: { $startsWith: 'user.' },
  body: {
    n: { $exist: true },
    text: { $not: { $startsWith: 'never' } },
    $or: [{ absent: 1 }, { n: { $gte: '' } }],
  },
};

/** What filters cost. In turns, because the speed of a machine changes: without, with, with, without. */
export const filters: Scenario<Compared[]> = {
  title: 'Filters',
  about: 'Throughput with a filter on every endpoint, beside that without; the same load, in turns.',
  async measure(laboratory) {
    const ours = await startOurs(laboratory, 'filters');
    const filtered: Contender = {
      ...ours,
      createApp: (endpoints, apiKey) => ours.createApp(endpoints, apiKey, { filter: FILTER }),
    };
    await warmUp(laboratory, ours);
    await warmUp(laboratory, filtered);
    const results: Compared[] = [];
    for (const fanOut of FAN_OUTS) results.push(await compare(laboratory, { ours, filtered, fanOut }));
    return results;
  },
  rows: (results) =>
    results.map(({ fanOut, without, filtered, cpuWithout, cpuFiltered }) => ({
      'fan-out': fanOut,
      'deliveries/s without': Math.round(without),
      'with filters': Math.round(filtered),
      share: filtered / without,
      'server CPU s/1,000 without': cpuWithout,
      'CPU with filters': cpuFiltered,
    })),
};

interface Pair {
  ours: Contender;
  filtered: Contender;
  fanOut: number;
}

async function compare(laboratory: Laboratory, { ours, filtered, fanOut }: Pair): Promise<Compared> {
  const mix = { fanOut, payloadBytes: PAYLOAD_BYTES };
  const measured = { without: [0, 0], filtered: [0, 0] };
  for (const name of ['without', 'filtered', 'filtered', 'without'] as const) {
    const contender = name === 'filtered' ? filtered : ours;
    const { deliveredPerSecond, serverCpuSecondsPer1000 } = await measureThroughput(
      laboratory,
      contender,
      mix,
    );
    const [rate = 0, cpu = 0] = measured[name];
    measured[name] = [rate + deliveredPerSecond / 2, cpu + serverCpuSecondsPer1000 / 2];
  }
  const [without = 0, cpuWithout = 0] = measured.without;
  const [rate = 0, cpuFiltered = 0] = measured.filtered;
  return { fanOut, without, filtered: rate, cpuWithout, cpuFiltered };
}

import type { Contender, Publisher } from '#src/dev/bench/contenders/contender.ts';
import { startOurs } from '#src/dev/bench/contenders/ours.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import { type Latency, latencyRow, measureLatency } from './measure-latency.ts';
import { warmUp } from './measure-throughput.ts';
import type { Scenario } from './scenario.ts';

interface Turn {
  /** Whether the other account's endpoints have the transformation. */
  isTransformed: boolean;
  /** Of the account without rules. */
  latency: Latency;
  /** Runs of the code that are kept: a sample, so that 0 says that it did not run. */
  executions: number;
}

/** Of the other account, all in one app, so that each of its messages is as many runs. */
const ENDPOINTS = 1000;
const MESSAGES_PER_SECOND = 0.5;
const PER_SECOND = 200;
const SECONDS_FACTOR = 2;
const CODE = 'addHandler("transform", (request) => { request.body.data.seen = true; return request; });';

/** What one account's transformations cost another. In turns: without, with, with, without. */
export const transformations: Scenario<Turn[]> = {
  title: 'Transformations',
  about: `An endpoint without rules at ${String(PER_SECOND)} messages a second, while another account sends to ${ENDPOINTS.toLocaleString('en-US')} endpoints (fewer in a short run), without and with a transformation.`,
  async measure(laboratory) {
    const ours = await startOurs(laboratory, 'transformations');
    await warmUp(laboratory, ours);
    // Answered and not recorded, because another run begins.
    const other = await ours.createApp(await laboratory.expectArrivals(laboratory.share(ENDPOINTS)));
    const publisher = await ours.createApp(await laboratory.expectArrivals(1));
    const id = await createTransformation(other);
    const turns: Turn[] = [];
    for (const isTransformed of [false, true, true, false]) {
      await give(ours, isTransformed ? id : null);
      const latency = await measureBeside(laboratory, { publisher, other });
      await ours.outcomesWritten();
      turns.push({ isTransformed, latency, executions: await takeExecutions(ours) });
    }
    return turns;
  },
  rows: (turns) =>
    turns.map(({ isTransformed, latency, executions }) => ({
      'other account': isTransformed ? 'transforms' : 'does not',
      ...latencyRow(latency),
      executions,
    })),
};

/** The mean of the medians beside transformations, by that without: what others pay for them. */
export function timesSlower(turns: Pick<Turn, 'isTransformed' | 'latency'>[]): number {
  const medianOf = (isTransformed: boolean) => {
    const medians = turns
      .filter((turn) => turn.isTransformed === isTransformed)
      .map(({ latency }) => latency.fromSend.p50);
    return medians.reduce((sum, ms) => sum + ms, 0) / medians.length;
  };
  return medianOf(true) / medianOf(false);
}

async function measureBeside(
  laboratory: Laboratory,
  { publisher, other }: { publisher: Publisher; other: Publisher },
): Promise<Latency> {
  const seconds = laboratory.seconds * SECONDS_FACTOR;
  const [latency] = await Promise.all([
    measureLatency(laboratory, publisher, { perSecond: PER_SECOND, seconds }),
    laboratory.post({
      target: { ...other, payloadBytes: 300 },
      connections: 1,
      pace: { perSecond: MESSAGES_PER_SECOND, seconds },
    }),
  ]);
  return latency;
}

async function createTransformation({ url, apiKey }: Publisher): Promise<string> {
  const response = await fetch(url.replace(/messages$/, 'transformations'), {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Benchmark', code: CODE }),
  });
  if (!response.ok) throw new Error(`The transformation was not made: ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

/** Gives it to the endpoints of its app, or takes it from all. */
async function give({ pool }: Contender, id: string | null): Promise<void> {
  await pool.query(
    `update endpoints set transformation_id = $1::uuid
     from transformations where endpoints.app_id = transformations.app_id`,
    [id],
  );
}

async function takeExecutions({ pool }: Contender): Promise<number> {
  const { rowCount } = await pool.query('delete from transformation_executions');
  return rowCount ?? 0;
}

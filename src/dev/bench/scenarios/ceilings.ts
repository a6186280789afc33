import { startChild } from '#src/dev/bench/child.ts';
import type { Laboratory } from '#src/dev/bench/laboratory.ts';
import type { BareExpressCalls } from '#src/dev/bench/programs/bare-express.ts';
import type { BareUndiciCalls } from '#src/dev/bench/programs/bare-undici.ts';
import type { Scenario } from './scenario.ts';

export interface Ceilings {
  undiciPerSecond: number;
  expressPerSecond: number;
}

const PAYLOAD_BYTES = 300;
const SENDERS = 32;
const POSTERS = 64;
const WARM_UP_SECONDS_FACTOR = 0.2;
/** Shorter than other scenarios, because both reach their speed at once. */
const SECONDS_FACTOR = 0.6;
const QUIET_MS = 5000;

export const ceilings: Scenario<Ceilings> = {
  title: 'Ceilings',
  about:
    'What the parts do alone: undici that sends to the same receiver, Express that answers the same load.',
  measure: async (laboratory) => ({
    undiciPerSecond: await measureUndici(laboratory),
    expressPerSecond: await measureExpress(laboratory),
  }),
  rows: ({ undiciPerSecond, expressPerSecond }) => [
    { part: `bare undici, dispatch on ${String(SENDERS)} connections`, '/s': Math.round(undiciPerSecond) },
    { part: `bare Express, ${String(POSTERS)} connections`, '/s': Math.round(expressPerSecond) },
  ],
};

async function measureUndici(laboratory: Laboratory): Promise<number> {
  const sender = laboratory.use(await startChild<BareUndiciCalls>('bare-undici'));
  const [url = ''] = await laboratory.expectArrivals(1);
  const send = async (seconds: number) => {
    await laboratory.expectAgain(1);
    const { sent, startedAtMs } = await sender.call('dispatch', {
      url,
      payloadBytes: PAYLOAD_BYTES,
      connections: SENDERS,
      seconds,
    });
    const { distinct, lastAtMs } = await laboratory.arrived({ distinct: sent, quietMs: QUIET_MS });
    return (distinct / (lastAtMs - startedAtMs)) * 1000;
  };
  await send(laboratory.seconds * WARM_UP_SECONDS_FACTOR);
  return send(laboratory.seconds * SECONDS_FACTOR);
}

async function measureExpress(laboratory: Laboratory): Promise<number> {
  const server = laboratory.use(await startChild<BareExpressCalls>('bare-express'));
  const publisher = await server.call('publisher', undefined);
  const post = async (seconds: number) => {
    const { accepted, startedAtMs, endedAtMs } = await laboratory.post({
      target: { ...publisher, payloadBytes: PAYLOAD_BYTES },
      connections: POSTERS,
      pace: { seconds, messages: Number.POSITIVE_INFINITY },
    });
    return (accepted / (endedAtMs - startedAtMs)) * 1000;
  };
  await post(laboratory.seconds * WARM_UP_SECONDS_FACTOR);
  return post(laboratory.seconds * SECONDS_FACTOR);
}

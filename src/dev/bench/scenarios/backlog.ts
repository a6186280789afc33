import { prepareOurDatabase, startProcess } from '#src/dev/bench/contenders/ours.ts';
import { monotonicMs } from '#src/dev/bench/monotonic-clock.ts';
import { peakMemoryBytes } from '#src/dev/bench/proc.ts';
import type { Scenario } from './scenario.ts';

export interface Backlog {
  deliveries: number;
  payloadBytes: number;
  acceptedPerSecond: number;
  /** From the start of the worker process to the last arrival. */
  secondsToDrain: number;
  /** From the first arrival to the last. */
  deliveredPerSecond: number;
  workerPeakMemoryBytes: number;
  webPeakMemoryBytes: number;
  lost: number;
  repeated: number;
}

const PAYLOAD_BYTES = 4096;
const QUIET_MS = 30_000;

export const backlog: Scenario<Backlog> = {
  title: 'Backlog',
  about: 'Messages of 4 KB are accepted by a web process while no worker runs; then a worker is started.',
  async measure(laboratory) {
    const database = await prepareOurDatabase(laboratory, 'backlog');
    const web = await startProcess(laboratory, database, 'web');
    const publisher = await web.createApp(await laboratory.expectArrivals(1));
    const posted = await laboratory.post({
      target: { ...publisher, payloadBytes: PAYLOAD_BYTES },
      connections: laboratory.connections,
      pace: { seconds: Number.POSITIVE_INFINITY, messages: laboratory.backlog },
    });
    const startedAtMs = monotonicMs();
    const worker = await startProcess(laboratory, database, 'worker');
    const arrived = await laboratory.arrived({ distinct: posted.accepted, quietMs: QUIET_MS });
    await worker.outcomesWritten();
    return {
      deliveries: posted.accepted,
      payloadBytes: PAYLOAD_BYTES,
      acceptedPerSecond: (posted.accepted / (posted.endedAtMs - posted.startedAtMs)) * 1000,
      secondsToDrain: (arrived.lastAtMs - startedAtMs) / 1000,
      deliveredPerSecond: (arrived.distinct / (arrived.lastAtMs - arrived.firstAtMs)) * 1000,
      workerPeakMemoryBytes: peakMemoryBytes(worker.pid),
      webPeakMemoryBytes: peakMemoryBytes(web.pid),
      lost: posted.accepted - arrived.distinct,
      repeated: arrived.repeated,
    };
  },
  rows: (result) => [
    {
      deliveries: result.deliveries,
      'accepted/s': Math.round(result.acceptedPerSecond),
      'drained in s': result.secondsToDrain,
      'deliveries/s': Math.round(result.deliveredPerSecond),
      'worker peak MB': result.workerPeakMemoryBytes / 1e6,
      'web peak MB': result.webPeakMemoryBytes / 1e6,
      lost: result.lost,
      repeated: result.repeated,
    },
  ],
};

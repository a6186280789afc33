import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config.ts';
import { createPool } from '../database/connection.ts';
import { CannotStart } from '../lib/cannot-start.ts';
import { prepareDatabase } from '../prepare-database.ts';
import { reportFailure } from '../run-process.ts';
import { startChild } from './bench/child.ts';
import { measureThroughput, type Throughput } from './bench/throughput.ts';
import { startEmbeddedPostgres } from './embedded-postgres/index.ts';

// The benchmark: load (this process), server, receiver and PostgreSQL, each its own process on the same machine.

const SCENARIOS = [
  { fanOut: 1, payloadBytes: 300 },
  { fanOut: 3, payloadBytes: 300 },
  { fanOut: 10, payloadBytes: 300 },
  { fanOut: 1, payloadBytes: 4096 },
];

/** Of a scenario: what arrives after its load, and the look at its cost. Of all: database, processes, warm-up. */
const TAIL_SECONDS = 4;
const AROUND_SECONDS = 12;

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    port: { type: 'string', default: '3999' },
  },
});

const seconds = Number(options.seconds);
if (!(seconds > 0)) reportFailure(new CannotStart('--seconds: must be a number above 0'));
console.log(
  `Measures ${String(SCENARIOS.length)} scenarios with ${String(seconds)} s of load each, ` +
    `which takes about ${String(AROUND_SECONDS + SCENARIOS.length * (seconds + TAIL_SECONDS))} s…`,
);

const started = new AsyncDisposableStack();
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void interrupt(128 + constants.signals[signal]));
}
// The channel to bootstrap closes when that was killed.
process.on('disconnect', () => void interrupt(128 + constants.signals.SIGTERM));

try {
  const results = await measureAll();
  await started.disposeAsync();
  console.table(results.map(rounded));
  if (options.json !== undefined)
    await writeFile(options.json, `${JSON.stringify({ throughput: results }, null, 2)}\n`);
  process.exit(0);
} catch (error) {
  // What was taken from under the measurement is no news.
  if (!interruption.signal.aborted) {
    await started.disposeAsync();
    reportFailure(error);
  }
}

async function interrupt(code: number): Promise<void> {
  if (interruption.signal.aborted) return;
  interruption.abort();
  await started.disposeAsync().catch((error: unknown) => {
    console.error(error);
  });
  process.exit(code);
}

async function measureAll(): Promise<Throughput[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hostedhooks-bench-'));
  started.defer(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = started.adopt(await startEmbeddedPostgres({ dataDir }), (running) => running.stop());
  const { url } = postgres;
  await prepareDatabase(url);
  const env = { DATABASE_URL: url, PORT: options.port, LOG_LEVEL: 'error' };
  const config = loadConfig(env);
  const receiver = started.adopt(await startChild('receiver.ts'), (child) => child.stop());
  const server = started.adopt(await startChild('server.ts', env), (child) => child.stop());
  const pool = createPool({ url, max: 1, applicationName: 'hostedhooks-bench', onError: () => undefined });
  started.defer(() => pool.end());
  const bench = { config, pool, server, receiver, seconds };
  const results: Throughput[] = [];
  await measureThroughput({ ...bench, seconds: 1 }, { fanOut: 1, payloadBytes: 300 });
  for (const scenario of SCENARIOS) results.push(await measureThroughput(bench, scenario));
  return results;
}

function rounded(result: Throughput) {
  return {
    'fan-out': result.fanOut,
    'payload B': result.payloadBytes,
    'messages/s': Math.round(result.acceptedPerSecond),
    'deliveries/s': Math.round(result.deliveredPerSecond),
    'WAL B/delivery': Math.round(result.walBytesPerDelivery),
    'server CPU s/1,000': Number(result.serverCpuSecondsPer1000Deliveries.toFixed(3)),
    lost: result.lost,
  };
}

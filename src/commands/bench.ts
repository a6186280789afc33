import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config.ts';
import { createPool } from '../database/connection.ts';
import { prepareDatabase } from '../prepare-database.ts';
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

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    seconds: { type: 'string', default: '5' },
    port: { type: 'string', default: '3999' },
  },
});

const dataDir = await mkdtemp(join(tmpdir(), 'hostedhooks-bench-'));
const postgres = await startEmbeddedPostgres({ dataDir });
try {
  const results = await measureAll(postgres.url);
  console.table(results.map(rounded));
  if (options.json !== undefined)
    await writeFile(options.json, `${JSON.stringify({ throughput: results }, null, 2)}\n`);
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function measureAll(url: string): Promise<Throughput[]> {
  await prepareDatabase(url);
  const env = { DATABASE_URL: url, PORT: options.port, LOG_LEVEL: 'error' };
  const config = loadConfig(env);
  const pool = createPool({ url, max: 1, applicationName: 'hostedhooks-bench', onError: () => undefined });
  const receiver = await startChild('receiver.ts');
  const server = await startChild('server.ts', env);
  const bench = { config, pool, server, receiver, seconds: Number(options.seconds) };
  try {
    const results: Throughput[] = [];
    await measureThroughput({ ...bench, seconds: 1 }, { fanOut: 1, payloadBytes: 300 });
    for (const scenario of SCENARIOS) results.push(await measureThroughput(bench, scenario));
    return results;
  } finally {
    await server.stop();
    receiver.process.kill();
    await pool.end();
  }
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

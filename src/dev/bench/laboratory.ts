import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg, { type Pool } from 'pg';
import { createPool } from '#src/infra/database/connection.ts';
import { createDatabase } from '#src/dev/embedded-postgres/create-database.ts';
import { startEmbeddedPostgres } from '#src/dev/embedded-postgres/index.ts';
import { freePort } from '#src/dev/free-port.ts';
import { type Child, startChild } from './child.ts';
import type { Contender } from '#src/dev/bench/contenders/contender.ts';
import type { Load, LoadCalls } from '#src/dev/bench/programs/load.ts';
import type { Asked, ReceiverCalls } from '#src/dev/bench/programs/receiver.ts';
import type { Arrived } from '#src/dev/bench/wire/arrivals.ts';
import type { Recovered } from '#src/dev/bench/wire/outage.ts';
import type { Posted } from '#src/dev/bench/wire/posted.ts';

interface Settings {
  /** Seconds of load in each measurement. */
  seconds: number;
  /** Deliveries of the backlog, and jobs of the deep queues. */
  backlog: number;
  depth: number;
  /** Of each server that a scenario starts; 1 unless it is given. */
  processes?: number;
  /** Of a load that posts as fast as it is answered, to each process; {@link USUAL_CONNECTIONS} unless it is given. */
  connections?: number;
  /** A server that runs already, and in it the template of our databases; else the laboratory starts its own. */
  postgres?: { url: string; template: string } | undefined;
  /** A database that is ready, for all scenarios. */
  database?: string | undefined;
  /** The addresses of other senders: `KIND+http://KEY@HOST:PORT`. */
  against?: string[];
  /** Whether scenarios may share a server, because its start takes longer than a short run measures. */
  sharesServer?: boolean;
}

/** Figures of the scenarios that have run, for scenarios that depend on them. */
export interface Findings {
  /** The maximum throughput at fan-out 1, in deliveries a second. */
  maximumPerSecond?: number;
}

export interface Database {
  url: string;
  pool: Pool;
}

/** What `--seconds` is unless it is given. */
export const USUAL_SECONDS = 5;
const USUAL_CONNECTIONS = 64;

/** PostgreSQL, the load generator and the receiver, each in its own process, and the processes of the scenario. */
export class Laboratory {
  readonly seconds: number;
  readonly backlog: number;
  readonly depth: number;
  readonly processes: number;
  readonly connections: number;
  readonly against: string[];
  readonly findings: Findings = {};
  readonly #all = new AsyncDisposableStack();
  #ofScenario = new AsyncDisposableStack();
  #postgresUrl: string;
  #template: string | undefined;
  readonly #given: string | undefined;
  readonly #sharesServer: boolean;
  #server: Promise<Contender> | undefined;
  #load!: Child<LoadCalls>;
  #receiver!: Child<ReceiverCalls>;
  #receiverUrl = '';
  #runs = 0;

  constructor({ seconds, backlog, depth, processes = 1, postgres, database, ...others }: Settings) {
    this.seconds = seconds;
    this.backlog = backlog;
    this.depth = depth;
    this.processes = processes;
    this.connections = others.connections ?? USUAL_CONNECTIONS;
    this.against = others.against ?? [];
    this.#postgresUrl = postgres?.url ?? '';
    this.#template = postgres?.template;
    this.#given = database;
    this.#sharesServer = others.sharesServer ?? false;
  }

  /** A number of rounds or requests that is `count` when a measurement takes {@link USUAL_SECONDS}. */
  share(count: number): number {
    return Math.ceil((count * this.seconds) / USUAL_SECONDS);
  }

  async start(): Promise<void> {
    if (this.#postgresUrl === '' && this.#given === undefined) await this.#startPostgres();
    this.#all.defer(() => this.#ofScenario.disposeAsync());
    this.#receiver = this.#all.adopt(await startChild<ReceiverCalls>('receiver'), (child) => child.stop());
    this.#load = this.#all.adopt(await startChild<LoadCalls>('load'), (child) => child.stop());
    this.#receiverUrl = `http://127.0.0.1:${String(await this.#receiver.call('port', undefined))}`;
  }

  async #startPostgres(): Promise<void> {
    const dataDir = await mkdtemp(join(tmpdir(), 'hostedhooks-bench-'));
    this.#all.defer(() => rm(dataDir, { recursive: true, force: true }));
    const postgres = await startEmbeddedPostgres({ dataDir });
    this.#all.defer(() => postgres.stop());
    this.#postgresUrl = postgres.url;
  }

  /** Stops all processes, also during a scenario. */
  async stop(): Promise<void> {
    await this.#all.disposeAsync();
  }

  /** Stops what the scenario has started, so that the next scenario has the machine for itself. */
  async clearAway(): Promise<void> {
    await this.letGo();
    const ended = this.#ofScenario;
    this.#ofScenario = new AsyncDisposableStack();
    await ended.disposeAsync();
  }

  /** Registers a part to be stopped at the end of the scenario. */
  use<T extends { stop(): Promise<void> }>(part: T): T {
    return this.#ofScenario.adopt(part, () => part.stop());
  }

  /** What `start` starts: for this scenario or, in a run where scenarios share a server, for all that call this. */
  async startServer(start: () => Promise<Contender>): Promise<Contender> {
    if (!this.#sharesServer) return start();
    this.#server ??= this.#keeping(start);
    return this.#server;
  }

  /** What `start` registers is stopped at the end of all scenarios. */
  async #keeping<T>(start: () => Promise<T>): Promise<T> {
    const ofScenario = this.#ofScenario;
    this.#ofScenario = this.#all;
    try {
      return await start();
    } finally {
      this.#ofScenario = ofScenario;
    }
  }

  /** A copy of the database that `prepare` fills once for all scenarios; or the one that was given. */
  async copyDatabase(name: string, prepare: (url: string) => Promise<void>): Promise<Database> {
    if (this.#given !== undefined) return this.#connect(this.#given);
    if (this.#template === undefined) {
      await prepare(await createDatabase(this.#postgresUrl, 'bench_template'));
      this.#template = 'bench_template';
    }
    return this.createDatabase(name, this.#template);
  }

  async createDatabase(name: string, template?: string): Promise<Database> {
    const url = await createDatabase(this.#postgresUrl, `bench_${name}`, template);
    this.#ofScenario.defer(() => this.#drop(`bench_${name}`));
    return this.#connect(url);
  }

  #connect(url: string): Database {
    const pool = createPool({ url, max: 2, applicationName: 'hostedhooks-bench', onError: () => undefined });
    this.#ofScenario.defer(() => pool.end());
    return { url, pool };
  }

  /** Dropped, because autovacuum would work on the database during the next scenario. */
  async #drop(database: string): Promise<void> {
    const admin = new pg.Client({ connectionString: this.#postgresUrl });
    await admin.connect();
    try {
      await admin.query(`drop database ${pg.escapeIdentifier(database)} with (force)`);
    } finally {
      await admin.end();
    }
  }

  /** Starts a run with `fanOut` new endpoints, whose arrivals are counted. Returns their URLs. */
  async expectArrivals(fanOut: number): Promise<string[]> {
    const run = `run${String(++this.#runs)}`;
    await this.#receiver.call('begin', { run, fanOut });
    return Array.from({ length: fanOut }, (_, index) => `${this.#receiverUrl}/${run}/${String(index)}`);
  }

  /** Counts the arrivals at the same endpoints from 0 again. */
  async expectAgain(fanOut: number): Promise<void> {
    await this.#receiver.call('begin', { run: `run${String(this.#runs)}`, fanOut });
  }

  /** Starts a run with a new endpoint that is down until {@link recover}. Returns its URL. */
  async expectAfterOutage(): Promise<string> {
    const run = `run${String(++this.#runs)}`;
    await this.#receiver.call('begin', { run, fanOut: 1, isDown: true });
    return `${this.#receiverUrl}/${run}/0`;
  }

  async recover(): Promise<void> {
    await this.#receiver.call('recover', undefined);
  }

  async recovered(): Promise<Recovered> {
    return this.#receiver.call('recovered', undefined);
  }

  /** Endpoints that never answer, that always fail, or that fail every second time. */
  badEndpoints(how: keyof Asked, count: number): string[] {
    return Array.from({ length: count }, (_, index) => `${this.#receiverUrl}/${how}/${String(index)}`);
  }

  /** Endpoints at one origin, where nothing listens. */
  async endpointsOfDeadOrigin(count: number): Promise<string[]> {
    const origin = `http://127.0.0.1:${String(await freePort())}`;
    return Array.from({ length: count }, (_, index) => `${origin}/${String(index)}`);
  }

  /** Requests to {@link badEndpoints} so far. */
  async asked(how: keyof Asked): Promise<number> {
    return (await this.#receiver.call('askedSoFar', undefined))[how];
  }

  async letGo(): Promise<void> {
    await this.#receiver.call('letGo', undefined);
  }

  async post(load: Load): Promise<Posted> {
    return this.#load.call('post', load);
  }

  async arrived(wanted: { distinct: number; quietMs: number }): Promise<Arrived> {
    return this.#receiver.call('arrived', wanted);
  }

  async arrivalTimes(): Promise<Float64Array> {
    return this.#receiver.call('times', undefined);
  }
}

import { parseArgs } from 'node:util';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { USUAL_SECONDS } from './laboratory.ts';
import { senderAt } from '#src/dev/bench/contenders/others/sender-at.ts';
import { type ScenarioName, SCENARIOS } from '#src/dev/bench/scenarios/index.ts';

export interface Options {
  scenarios: ScenarioName[];
  json: string | undefined;
  seconds: number;
  backlog: number;
  depth: number;
  /** Of each server. */
  processes: number;
  /** An empty database, as a release leaves it; undefined: a PostgreSQL of the laboratory's own. */
  database: string | undefined;
  /** Other senders to compare with. */
  against: string[];
}

/** Those that start one server of ours on one database. */
const ON_A_GIVEN_DATABASE = new Set<ScenarioName>(['throughput', 'latency']);

const NAMES = Object.keys(SCENARIOS) as ScenarioName[];
/** Without other senders there is nothing to compare. */
const ALL = NAMES.filter((name) => name !== 'against');

/** The options of the command line. Throws {@link CannotStart} for an unknown or invalid one. */
export function readOptions(args: string[]): Options {
  const { values } = parse(args);
  const positive = (name: 'seconds' | 'backlog' | 'depth' | 'processes') => {
    const value = Number(values[name]);
    if (value > 0 && Number.isFinite(value)) return value;
    throw new CannotStart(`--${name}: must be a number above 0`);
  };
  const against = values.against ?? [];
  for (const address of against) senderAt(address);
  const usual = against.length > 0 ? ['against' as const] : ALL;
  const scenarios = values.only === undefined ? usual : scenariosOf(values.only);
  if (values.database !== undefined && !scenarios.every((name) => ON_A_GIVEN_DATABASE.has(name))) {
    throw new CannotStart(`--database: add --only with ${[...ON_A_GIVEN_DATABASE].join(' or ')}`);
  }
  return {
    scenarios,
    json: values.json,
    database: values.database,
    against,
    seconds: positive('seconds'),
    backlog: positive('backlog'),
    depth: positive('depth'),
    processes: positive('processes'),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        json: { type: 'string' },
        only: { type: 'string' },
        database: { type: 'string' },
        against: { type: 'string', multiple: true },
        seconds: { type: 'string', default: String(USUAL_SECONDS) },
        backlog: { type: 'string', default: '100000' },
        depth: { type: 'string', default: '1000000' },
        processes: { type: 'string', default: '1' },
      },
    });
  } catch (error) {
    throw new CannotStart(error instanceof Error ? error.message : String(error));
  }
}

function scenariosOf(only: string): ScenarioName[] {
  const wanted = only.split(',').map((name) => name.trim());
  const unknown = wanted.filter((name) => !(NAMES as string[]).includes(name));
  if (unknown.length > 0) {
    throw new CannotStart(`--only: there is no ${unknown.join(', ')}; there are ${NAMES.join(', ')}`);
  }
  return NAMES.filter((name) => wanted.includes(name));
}

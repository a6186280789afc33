import { backlog } from './backlog.ts';
import { ceilings } from './ceilings.ts';
import { fetching } from './fetching.ts';
import { isolation } from './isolation.ts';
import { latency } from './latency.ts';
import { naive, naiveBulk } from './naive.ts';
import { provisioning } from './provisioning.ts';
import type { Scenario } from './scenario.ts';
import { search } from './search.ts';
import { throughput } from './throughput.ts';

/** All, by the names that `--only` and the figures take, in the order in which they run. */
export const SCENARIOS = {
  ceilings,
  throughput,
  latency,
  isolation,
  backlog,
  fetching,
  provisioning,
  search,
  naive,
  naiveBulk,
};

export type ScenarioName = keyof typeof SCENARIOS;

type FiguresOf<S> = S extends Scenario<infer F> ? F : never;

/** What was measured; a scenario that was left out is missing. */
export type Figures = { [Name in ScenarioName]?: FiguresOf<(typeof SCENARIOS)[Name]> };

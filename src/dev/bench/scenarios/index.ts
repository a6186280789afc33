import { against } from './against.ts';
import { backlog } from './backlog.ts';
import { ceilings } from './ceilings.ts';
import { fetching } from './fetching.ts';
import { filters } from './filters.ts';
import { isolation } from './isolation.ts';
import { latency } from './latency.ts';
import { naive, naiveBulk } from './naive.ts';
import { overload } from './overload.ts';
import { pages } from './pages.ts';
import { provisioning } from './provisioning.ts';
import { recovery } from './recovery.ts';
import type { Scenario } from './scenario.ts';
import { search } from './search.ts';
import { throughput } from './throughput.ts';
import { transformations } from './transformations.ts';

/** The scenarios in the order of running, by their names in `--only` and in the figures. */
export const SCENARIOS = {
  ceilings,
  throughput,
  filters,
  transformations,
  latency,
  isolation,
  recovery,
  overload,
  backlog,
  fetching,
  provisioning,
  search,
  pages,
  naive,
  naiveBulk,
  against,
};

export type ScenarioName = keyof typeof SCENARIOS;

type FiguresOf<S> = S extends Scenario<infer F> ? F : never;

/** The results of the scenarios that ran. */
export type Figures = { [Name in ScenarioName]?: FiguresOf<(typeof SCENARIOS)[Name]> };

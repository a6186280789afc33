import { styleText } from 'node:util';
import type { Laboratory } from './laboratory.ts';
import { type Figures, type ScenarioName, SCENARIOS } from '#src/dev/bench/scenarios/index.ts';
import type { Scenario } from '#src/dev/bench/scenarios/scenario.ts';
import { printTable } from './table.ts';

/** Runs the scenarios one after the other, each with its own processes, and prints the table of each. */
export async function runScenarios(laboratory: Laboratory, names: ScenarioName[]): Promise<Figures> {
  const figures: Record<string, unknown> = {};
  for (const name of names) {
    const scenario = SCENARIOS[name] as Scenario<unknown>;
    console.log(`\n${styleText('bold', scenario.title)}: ${scenario.about}`);
    const measured = await scenario.measure(laboratory);
    figures[name] = measured;
    await laboratory.clearAway();
    printTable(scenario.rows(measured));
  }
  return figures;
}

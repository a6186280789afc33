import type { Laboratory } from '#src/dev/bench/laboratory.ts';

/** One part of the benchmark. The laboratory stops what the scenario started. */
export interface Scenario<Figures> {
  title: string;
  /** The text above the table: what is measured and how to read it. */
  about: string;
  measure(laboratory: Laboratory): Promise<Figures>;
  rows(figures: Figures): Record<string, string | number>[];
}

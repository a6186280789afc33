import type { Laboratory } from '#src/dev/bench/laboratory.ts';

/** One part of the benchmark. What it starts in the laboratory is gone after it. */
export interface Scenario<Figures> {
  title: string;
  /** What it does and how to read its table, for people. */
  about: string;
  measure(laboratory: Laboratory): Promise<Figures>;
  rows(figures: Figures): Record<string, string | number>[];
}

const MAX_LISTED = 100;

export interface ImportSummary {
  complete: boolean;
  lines: number;
  imported: Record<string, number>;
  existing: Record<string, number>;
  skipped: Record<string, number>;
  changed_ids_count: number;
  changed_ids: { type: string; from: string; to: string }[];
  problems_count: number;
  problems: { line: number; message: string }[];
}

type Fate = 'imported' | 'existing' | 'skipped';

/** Collects what an import did with each line of its file. */
export class ImportReport {
  readonly #summary: ImportSummary = {
    complete: false,
    lines: 0,
    imported: {},
    existing: {},
    skipped: {},
    changed_ids_count: 0,
    changed_ids: [],
    problems_count: 0,
    problems: [],
  };

  count(fate: Fate, type: string, how = 1): void {
    if (how === 0) return;
    const counts = this.#summary[fate];
    counts[type] = (counts[type] ?? 0) + how;
  }

  /** Records a line that was skipped, or a part of it that was left out. */
  problem(line: number, message: string): void {
    this.#summary.problems_count += 1;
    if (this.#summary.problems.length < MAX_LISTED) this.#summary.problems.push({ line, message });
  }

  changedId(type: string, from: string, to: string): void {
    if (from === to) return;
    this.#summary.changed_ids_count += 1;
    if (this.#summary.changed_ids.length < MAX_LISTED) this.#summary.changed_ids.push({ type, from, to });
  }

  end(lines: number, complete: boolean): ImportSummary {
    return { ...this.#summary, lines, complete };
  }
}

/** Prometheus' text format 0.0.4, for counters, gauges and histograms with at most one label each. */

export interface Family {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  samples: Sample[];
}

export interface Sample {
  /** A histogram's `_bucket`, `_sum` or `_count`. */
  suffix?: string;
  labels: Record<string, string>;
  value: number;
}

interface About {
  name: string;
  help: string;
}

/** Adding costs a hash look-up and an addition. The label must have few values, all named by our code. */
export class Counter {
  readonly #about: About & { label: string };
  readonly #values = new Map<string, number>();

  constructor(about: About & { label: string }) {
    this.#about = about;
  }

  add(labelled: string, count = 1): void {
    this.#values.set(labelled, (this.#values.get(labelled) ?? 0) + count);
  }

  family(): Family {
    const { name, help, label } = this.#about;
    const samples = [...this.#values].map(([of, value]) => ({ labels: { [label]: of }, value }));
    return { name, help, type: 'counter', samples };
  }
}

export class Histogram {
  readonly #about: About & { bounds: number[] };
  /** One more than `bounds`: the last counts the values above all of them. */
  readonly #counts: number[];
  #sum = 0;

  constructor(about: About & { bounds: number[] }) {
    this.#about = about;
    this.#counts = Array.from({ length: about.bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const { bounds } = this.#about;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? Infinity)) at += 1;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  family(): Family {
    const { name, help, bounds } = this.#about;
    let total = 0;
    const buckets = this.#counts.map((count, at) => {
      total += count;
      return { suffix: '_bucket', labels: { le: String(bounds[at] ?? '+Inf') }, value: total };
    });
    const rest = [
      { suffix: '_sum', labels: {}, value: this.#sum },
      { suffix: '_count', labels: {}, value: total },
    ];
    return { name, help, type: 'histogram', samples: [...buckets, ...rest] };
  }
}

/** A gauge of one value, or of one for each value of the label. */
export function gauge(
  { name, help, label = '' }: About & { label?: string },
  values: number | Record<string, number>,
): Family {
  const samples =
    typeof values === 'number'
      ? [{ labels: {}, value: values }]
      : Object.entries(values).map(([of, value]) => ({ labels: { [label]: of }, value }));
  return { name, help, type: 'gauge', samples };
}

/** The text that is scraped. Families of the same name become one. */
export function writeMetrics(families: Family[]): string {
  const byName = Map.groupBy(families, ({ name }) => name);
  return [...byName.values()]
    .flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const { name, help, type } = first;
      const lines = same.flatMap(({ samples }) => samples.map((sample) => lineOf(name, sample)));
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
    })
    .map((line) => `${line}\n`)
    .join('');
}

function lineOf(name: string, { suffix = '', labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  const all = pairs.length > 0 ? `{${pairs.join(',')}}` : '';
  return `${name}${suffix}${all} ${String(value)}`;
}

const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

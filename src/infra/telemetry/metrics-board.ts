import type { Pool } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Family } from '#src/infra/lib/metrics.ts';
import type { Logger } from './logger.ts';

interface Dependencies {
  pool: Pool;
  clock: Clock;
  logger: Logger;
  /** The name of the process; the same after a restart, so that its time series continue. */
  name: string;
  /** The current metrics of this process. */
  read: () => Family[];
}

const WRITTEN_EVERY_MS = 15_000;
/** A process whose row is older has ended and is not shown. */
const STALE_MS = 60_000;
/** Age at which a row is deleted. */
const FORGOTTEN_MS = 86_400_000;

/** Shares metrics between processes: each writes one row of the table `process_metrics` every 15 s. */
export class MetricsBoard {
  readonly #deps: Dependencies;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.write().catch((error: unknown) => {
        this.#deps.logger.warn({ err: error }, 'the metrics of this process could not be written');
      });
    }, WRITTEN_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Writes the current metrics, and answers them. */
  async write(): Promise<Family[]> {
    const { clock, name, pool, read } = this.#deps;
    const families = read();
    const now = clock.now();
    await pool.query(
      `with forgotten as (delete from process_metrics where updated_at < $4 and process <> $1)
       insert into process_metrics (process, families, updated_at) values ($1, $2, $3)
       on conflict (process) do update set families = excluded.families, updated_at = excluded.updated_at
       where process_metrics.updated_at <= excluded.updated_at`,
      [name, JSON.stringify(families), new Date(now), new Date(now - FORGOTTEN_MS)],
    );
    return families;
  }

  /**
   * The current metrics of this process and the last written ones of the others; each sample has the label `process`.
   * What is shown of this process is written first, because the next answer may be of another process: it must not show
   * less of this one, which Prometheus takes for a counter that began again.
   */
  async read(): Promise<Family[]> {
    const { clock, name, pool } = this.#deps;
    const own = await this.write();
    const { rows } = await pool.query<{ process: string; families: Family[] }>(
      'select process, families from process_metrics where process <> $1 and updated_at > $2 order by process',
      [name, new Date(clock.now() - STALE_MS)],
    );
    return [{ process: name, families: own }, ...rows].flatMap(({ process, families }) =>
      families.map((family) => ({
        ...family,
        samples: family.samples.map((sample) => ({ ...sample, labels: { ...sample.labels, process } })),
      })),
    );
  }
}

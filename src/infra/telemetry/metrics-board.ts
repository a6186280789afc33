import type { Pool } from 'pg';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Family } from '#src/infra/lib/metrics.ts';
import type { Logger } from './logger.ts';

interface Dependencies {
  pool: Pool;
  clock: Clock;
  logger: Logger;
  /** Of the process; the same after a restart, so that its series go on. */
  name: string;
  /** What it counts and measures now. */
  read: () => Family[];
}

const WRITTEN_EVERY_MS = 15_000;
/** Who wrote nothing for so long has ended. */
const STALE_MS = 60_000;
const FORGOTTEN_MS = 86_400_000;

/** Where processes show each other what they measure: one row each, from time to time. */
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

  async write(): Promise<void> {
    const { clock, name, pool, read } = this.#deps;
    const now = clock.now();
    await pool.query(
      `with forgotten as (delete from process_metrics where updated_at < $4 and process <> $1)
       insert into process_metrics (process, families, updated_at) values ($1, $2, $3)
       on conflict (process) do update set families = excluded.families, updated_at = excluded.updated_at`,
      [name, JSON.stringify(read()), new Date(now), new Date(now - FORGOTTEN_MS)],
    );
  }

  /** Of this process as it is now, of the others as they wrote it last; each sample says whose it is. */
  async read(): Promise<Family[]> {
    const { clock, name, pool, read } = this.#deps;
    const { rows } = await pool.query<{ process: string; families: Family[] }>(
      'select process, families from process_metrics where process <> $1 and updated_at > $2 order by process',
      [name, new Date(clock.now() - STALE_MS)],
    );
    return [{ process: name, families: read() }, ...rows].flatMap(({ process, families }) =>
      families.map((family) => ({
        ...family,
        samples: family.samples.map((sample) => ({ ...sample, labels: { ...sample.labels, process } })),
      })),
    );
  }
}

import type { Pool } from 'pg';

/** Something that takes messages and delivers them; ours and the naive one are measured by the same scenarios. */
export interface Contender {
  pid: number;
  /** A pool of one connection to its database, for queries of the benchmark. */
  pool: Pool;
  /** An app whose messages go to `endpoints`: in the account of `apiKey`, or in one of its own. */
  createApp(endpoints: string[], apiKey?: string): Promise<Publisher>;
  /** Resolves when the outcomes are written too, so that their cost is counted. */
  settled(): Promise<void>;
}

/** Where messages of an app are posted, and by whom. */
export interface Publisher {
  url: string;
  apiKey: string;
}

import type { Pool } from 'pg';

/** A server that accepts and delivers messages. The same scenarios measure ours and the naive one. */
export interface Contender {
  pid: number;
  /** One connection to the server's database, for queries of the benchmark. */
  pool: Pool;
  /** Creates an app with `endpoints`, which all have these `fields`, in the account of `apiKey` or in a new one. */
  createApp(endpoints: string[], apiKey?: string, fields?: object): Promise<Publisher>;
  /** Resolves when all outcomes are written, so that their cost is counted. */
  outcomesWritten(): Promise<void>;
}

/** The URL that messages of an app are posted to, with the API key. */
export interface Publisher {
  url: string;
  apiKey: string;
  /** The body of a post, where it is not ours: the field that has the data, beside fields that are always the same. */
  envelope?: Envelope;
}

export interface Envelope {
  fields: Record<string, string>;
  dataField: string;
}

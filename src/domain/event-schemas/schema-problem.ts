/** A violation of a schema by the data, or a reason why the schema cannot be used. */
export interface SchemaProblem {
  /** `schema`: the schema cannot be used; `data`: the data violates it. */
  of: 'schema' | 'data';
  /** A path like `items.0.amount`; empty for the root. */
  path: string;
  /** A predicate: `is required`. */
  message: string;
}

/** A schema and the data to validate by it, both as JSON text. Without data only the schema is checked. */
export interface SchemaQuestion {
  schema: string;
  data: string | null;
}

/** A question with the account whose limits it counts against. */
export type AccountQuestion = SchemaQuestion & { accountId: string };

/** Limits of processor time. */
export interface CheckingLimits {
  /** For one question. */
  limitMs: number;
  accountMs: number;
}

/** The message to the thread. It answers null to the questions of an account that has used up `accountMs`. */
export interface Questions {
  questions: AccountQuestion[];
  accountMs: number;
}

/** The `workerData` of the thread. */
export interface CheckerSetup {
  /** An Int32: the index of the question that the thread is checking, from which its watcher knows what to blame. */
  progress: SharedArrayBuffer;
}

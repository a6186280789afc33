/** Something that a schema does not allow, or that no schema may be. */
export interface SchemaProblem {
  /** Whether the schema itself cannot be used, or the data is not as it says. */
  of: 'schema' | 'data';
  /** Where: `items.0.amount`; empty for the whole. */
  path: string;
  /** A predicate: `is required`. */
  message: string;
}

/** A schema, and what is to be as it says; null to look at the schema alone. Both as JSON text. */
export interface SchemaQuestion {
  schema: string;
  data: string | null;
}

/** Whose question it is. */
export type Asked = SchemaQuestion & { accountId: string };

/** How much processor time may be taken: by one question, and by all of an account's that are asked together. */
export interface CheckingLimits {
  limitMs: number;
  accountMs: number;
}

/** What the thread is asked. It answers null where an account's time was up before. */
export interface Questions {
  questions: Asked[];
  accountMs: number;
}

/** What the thread that compiles and checks is given. */
export interface CheckerSetup {
  /** Which question it is at: whoever sees it stay there knows which one to blame. */
  progress: SharedArrayBuffer;
}

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

/** What the thread that compiles and checks is given. */
export interface CheckerSetup {
  /** Which question it is at: whoever sees it stay there knows which one to blame. */
  progress: SharedArrayBuffer;
}

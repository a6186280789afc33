/** The slowest answers to others, in ms. */
export interface SlowestMs {
  /** Of `/healthz`, which needs the process alone. */
  healthz: number;
  /** Of another account's posts, which need the database too. */
  post: number;
}

/** How an attack ended. */
export interface AttackResult {
  attack: string;
  /** With no attack going on. */
  alone: SlowestMs;
  meanwhile: SlowestMs;
  /** The most memory that web or worker has had. */
  rssMb: number;
}

/** How an attack ended. */
export interface AttackResult {
  attack: string;
  /** The slowest answer to others with no attack going on. */
  aloneMs: number;
  /** The slowest answer to others meanwhile. */
  slowestMs: number;
  /** The most memory that web or worker has had. */
  rssMb: number;
}

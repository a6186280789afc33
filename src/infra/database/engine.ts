/** `citus`: the tables of `distributed-tables.ts` are distributed over the workers of a Citus cluster. */
export const DATABASE_ENGINES = ['postgresql', 'citus'] as const;

export type DatabaseEngine = (typeof DATABASE_ENGINES)[number];

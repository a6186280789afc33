/**
 * SQL: from here on, the transaction's statements go by an index from row to row. A statement that is sent many times
 * over, once for each account, is named then, because planning is most of its time: its plan, which was made while a
 * partition was empty, is right when that is full too. None is compiled (jit_above_cost), because what is turned off
 * counts as dear. One statement, because the text of a pipelined query may have no more (`one-sync.ts`). For
 * PostgreSQL: on Citus it reaches the coordinator alone.
 */
export const GO_BY_INDEX =
  `select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), ` +
  `set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)`;

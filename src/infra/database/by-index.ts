/**
 * SQL: from here on, the transaction's statements go by an index from row to row. A statement that is sent many times
 * over, once for each account, is named then, because planning is most of its time: its plan, which was made while a
 * partition was empty, is right when that is full too. None is compiled (jit_above_cost), because what is turned off
 * counts as dear. For PostgreSQL: on Citus it reaches the coordinator alone.
 */
export const GO_BY_INDEX =
  'set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off; ' +
  'set local jit = off';

/**
 * The data plane: what grows with traffic. On Citus these tables are distributed by their column `account_id`, and each
 * statement about them must be of one account; STATEMENTS.md says how.
 */
export const DISTRIBUTED_TABLES: readonly string[] = [
  'app_delivery_counts',
  'attempts',
  'deduplication_keys',
  'deliveries',
  'delivery_counts',
  'idempotency_keys',
  'message_counts',
  'message_event_ids',
  'messages',
  'queue_entries',
  'search_blocks',
];

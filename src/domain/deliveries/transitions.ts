import type { DeliveryState } from './delivery.ts';

/** A move of a delivery from one state to another. */
export interface Transition {
  /** `null`: the delivery begins here. */
  from: DeliveryState | null;
  /** `null`: the delivery ends here, because its message is forgotten. */
  to: DeliveryState | null;
  /** What happened. */
  on: string;
  /**
   * The function that writes the move, in the file of the same name in `transitions/`; `null`: there is no row to
   * write.
   */
  by: keyof typeof WRITERS | null;
}

/**
 * The files that write rows of `deliveries`, each with its caller. Beside them only the purge of an account deletes
 * rows.
 */
export const WRITERS = {
  'keep-at-accept': 'pipeline/accept/insert-messages',
  'apply-outcomes': 'pipeline/settle/settling-statements',
  'recall-scheduled': 'pipeline/settle/recall-deliveries',
  'park-deliveries': 'pipeline/settle/park-job',
  'cancel-waiting': 'domain/endpoint-queues/cancel-message',
  'ignore-duplicates': 'pipeline/accept/entering-queues',
  'ignore-superseded': 'domain/endpoint-queues/coalesce-entries',
  'reschedule-one': 'domain/replays/replays',
  'reschedule-batch': 'domain/replays/replay-pacer',
  'schedule-missing': 'domain/replays/replay-pacer',
  'take-for-probe': 'domain/endpoints/endpoint-prober',
  'import-deliveries': 'domain/imports/log-importer',
  'forget-deliveries': 'domain/retention/forget-messages',
} as const;

const move = (
  from: Transition['from'] | Transition['from'][],
  to: Transition['to'],
  { on, by }: Pick<Transition, 'on' | 'by'>,
): Transition[] => [from].flat().map((one) => ({ from: one, to, on, by }));

/**
 * Every move that there is. The diagram in src/ARCHITECTURE.md is made of this list, without imports and retention, and
 * a test holds the statements to it.
 */
export const TRANSITIONS: Transition[] = [
  ...move(null, 'pending', { on: 'accepted', by: null }),
  ...move(null, 'held', { on: 'accepted while the endpoint is off', by: 'keep-at-accept' }),
  ...move(null, 'ignored', { on: 'accepted, and kept back by a rule', by: 'keep-at-accept' }),
  ...move(null, 'scheduled', { on: 'accepted by a queued endpoint', by: 'keep-at-accept' }),
  ...move(null, 'scheduled', { on: 'replay of what was not routed', by: 'schedule-missing' }),
  ...move(null, 'delivered', { on: 'imported', by: 'import-deliveries' }),
  ...move(null, 'failed', { on: 'imported', by: 'import-deliveries' }),
  ...move(null, 'held', { on: 'imported, also what was outstanding', by: 'import-deliveries' }),
  ...move(null, 'ignored', { on: 'imported', by: 'import-deliveries' }),
  ...move(null, 'discarded', { on: 'imported', by: 'import-deliveries' }),
  ...move(['pending', 'scheduled'], 'delivered', { on: 'success', by: 'apply-outcomes' }),
  ...move(['pending', 'scheduled'], 'scheduled', { on: 'failure, or snoozed', by: 'apply-outcomes' }),
  ...move('scheduled', 'scheduled', { on: 'recalled', by: 'recall-scheduled' }),
  ...move(['pending', 'scheduled'], 'failed', { on: 'last attempt, 410, parked', by: 'apply-outcomes' }),
  ...move(['pending', 'scheduled'], 'held', { on: 'endpoint is off', by: 'apply-outcomes' }),
  ...move(['pending', 'scheduled'], 'ignored', { on: 'kept back by a rule', by: 'apply-outcomes' }),
  ...move(['pending', 'scheduled'], 'discarded', { on: 'endpoint was deleted', by: 'apply-outcomes' }),
  ...move(['pending', 'scheduled'], 'failed', { on: 'last attempt, 410, parked', by: 'park-deliveries' }),
  ...move('scheduled', 'held', { on: 'endpoint is off', by: 'park-deliveries' }),
  ...move(['pending', 'scheduled'], 'ignored', { on: 'cancelled', by: 'cancel-waiting' }),
  ...move('scheduled', 'ignored', { on: 'kept back by a rule', by: 'ignore-duplicates' }),
  ...move('scheduled', 'ignored', { on: 'kept back by a rule', by: 'ignore-superseded' }),
  ...move(['failed', 'held', 'ignored', 'scheduled'], 'scheduled', {
    on: 'single replay',
    by: 'reschedule-one',
  }),
  ...move('delivered', 'scheduled', { on: 'forced single replay', by: 'reschedule-one' }),
  ...move(['failed', 'held', 'ignored'], 'scheduled', { on: 'replay', by: 'reschedule-batch' }),
  ...move(['failed', 'held'], 'scheduled', { on: 'probe', by: 'take-for-probe' }),
  ...move(['delivered', 'failed', 'held', 'ignored', 'discarded'], null, {
    on: 'message is forgotten',
    by: 'forget-deliveries',
  }),
];

import { type AttemptOutcome, ATTEMPT_OUTCOMES, type AttemptTrigger } from '#src/domain/attempts/attempt.ts';
import { STATUS_CLASSES } from '#src/domain/attempts/status-class.ts';
import { type DeliveryState, IGNORE_REASONS, type IgnoreReason } from '#src/domain/deliveries/delivery.ts';
import { STATE_LABELS } from '#src/domain/deliveries/state-labels.ts';
import { resultOf } from '#src/surfaces/html/badges.ts';
import { STATES } from './fields.ts';

/** Values with their words. */
export type Choices = [value: string, label: string][];

/** Both hold what is to have its first attempt later: by itself, or because its endpoint was busy. */
const STATE_CHOICES: Partial<Record<DeliveryState, string>> = {
  pending: 'Pending or scheduled',
  scheduled: 'Retrying or scheduled',
};

const REASONS: Record<IgnoreReason, string> = {
  filtered: 'Filter',
  duplicate: 'Duplicate',
  transformation_failed: 'Transformation failed',
  superseded: 'Superseded',
  cancelled: 'Cancelled',
};

const TRIGGERS: Record<AttemptTrigger, string> = {
  automatic: 'By the schedule',
  test: 'Test',
  replay: 'Replay',
  probe: 'Probe',
};

const outcomeLabel = (outcome: AttemptOutcome) =>
  outcome === 'status' ? 'Answered' : resultOf({ outcome, statusCode: null });

const CHOICES: Record<string, Choices> = {
  status: [
    ['', 'Any'],
    ['success', 'Succeeded'],
    ['failed', 'Failed'],
  ],
  state: [
    ['', 'Any'],
    ...STATES.map((state): [string, string] => [state, STATE_CHOICES[state] ?? STATE_LABELS[state].label]),
  ],
  reason: [['', 'Any'], ...IGNORE_REASONS.map((reason): [string, string] => [reason, REASONS[reason]])],
  status_class: [['', 'Any'], ...STATUS_CLASSES.map((one): [string, string] => [one, one])],
  outcome: [['', 'Any'], ...ATTEMPT_OUTCOMES.map((one): [string, string] => [one, outcomeLabel(one)])],
  trigger: [['', 'Any'], ...Object.entries(TRIGGERS)],
  last: [
    ['', 'Any time'],
    ['1h', 'Last hour'],
    ['24h', 'Last 24 hours'],
    ['7d', 'Last 7 days'],
  ],
};

/** What may be chosen; undefined: it is typed. */
export const choicesOf = (name: string): Choices | undefined => CHOICES[name];

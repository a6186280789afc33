/** The terms of a block by which a message is filtered, besides the words of its payload. */
export function messageFilterTerms(of: {
  eventType?: string | undefined;
  eventId?: string | undefined;
  channels?: readonly string[] | null | undefined;
}): string[] {
  return [
    ...filterTerms({ target: { type: of.eventType }, outcome: { event: of.eventId } }),
    ...(of.channels ?? []).map((channel) => `channel=${channel}`),
  ];
}

/** Before the words of an attempt's own texts, because the words of its message are in its block as well. */
export const OF_ANSWER = 'answer=';

interface AttemptFields {
  endpointId?: string | undefined;
  subscriptionId?: string | undefined;
  eventType?: string | undefined;
  succeeded?: boolean | undefined;
  /** Null: there was no answer. */
  statusCode?: number | null | undefined;
  /** Like `5xx`. */
  statusClass?: string | undefined;
  outcome?: string | undefined;
  trigger?: string | undefined;
}

/** The terms of a block by which an attempt is filtered, besides the words of its texts. */
export function attemptFilterTerms({
  endpointId,
  subscriptionId,
  eventType,
  succeeded,
  statusCode,
  statusClass,
  outcome,
  trigger,
}: AttemptFields): string[] {
  return [
    ...filterTerms({
      target: { endpoint: endpointId, subscription: subscriptionId, type: eventType },
      outcome: { succeeded, status: statusCode },
    }),
    // Without pairs, because the pairs of `succeeded` tell where a failure is, and filters stay small.
    ...given({ class: statusClass, outcome, trigger }),
  ];
}

/** All terms of an attempt, of which a filter asks some. */
export function termsOfAttempt(row: AttemptFields & { statusCode: number | null }): string[] {
  const { statusCode } = row;
  const statusClass = statusCode === null ? undefined : `${String(Math.floor(statusCode / 100))}xx`;
  return attemptFilterTerms({ ...row, statusClass });
}

interface FilteredFields {
  target: Record<string, string | undefined>;
  outcome: Record<string, string | number | boolean | null | undefined>;
}

/**
 * One term for each field, and one for each pair of target and outcome: because of the pairs, the few blocks are
 * known in which a healthy endpoint failed. A term holds `=`, so it is never equal to a word of a text.
 */
function filterTerms({ target, outcome }: FilteredFields): string[] {
  const [targets, outcomes] = [given(target), given(outcome)];
  return [...targets, ...outcomes, ...targets.flatMap((one) => outcomes.map((other) => `${one}&${other}`))];
}

function given(fields: Record<string, unknown>): string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`);
}

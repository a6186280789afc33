import type { PoolClient } from 'pg';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import type { AttemptData } from '#src/domain/announcements/shapes.ts';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { DeliveryOutcome } from '#src/domain/deliveries/delivery-outcome.ts';
import { readAnnounced } from '#src/domain/endpoints/announce-health.ts';
import { ask, following, type Statement } from '#src/infra/database/pipelined.ts';

type News = 'message.attempt.exhausted' | 'message.attempt.recovered';

interface Told {
  type: News;
  accountId: string;
  attempt: Attempt;
  outcome: DeliveryOutcome;
}

/**
 * The statements that tell accounts, by our own webhooks, of deliveries that were given up, and of those that a replay
 * or a probe brought after all. Nearly always there are none.
 */
export function announceDeliveries(
  outcomes: DeliveryOutcome[],
  announcements: Announcements,
): Statement<unknown>[] {
  const told = outcomes.flatMap(toldOf);
  if (told.length === 0) return [];
  const groups = [...Map.groupBy(told, ({ accountId, type }) => `${accountId} ${type}`).values()];
  const heard = ask(async (client) => {
    const isHeard = async ([one]: Told[]) =>
      one !== undefined && (await announcements.isHeard(client, one.accountId, one.type));
    const are = await Promise.all(groups.map(isHeard));
    return groups.filter((_, index) => are[index]).flat();
  });
  const announce = async (client: PoolClient, wanted: Told[]) => {
    for (const [accountId, ofAccount] of Map.groupBy(wanted, (one) => one.accountId)) {
      const ids = ofAccount.map(({ attempt }) => attempt.endpointId);
      const rows = await readAnnounced(client, accountId, [...new Set(ids)]);
      const endpoints = new Map(rows.map((row) => [row.endpoint.id, row]));
      for (const one of ofAccount) {
        const row = endpoints.get(one.attempt.endpointId);
        if (row !== undefined) {
          await announcements.announce(client, {
            accountId,
            type: one.type,
            data: { ...row, ...dataOf(one) },
          });
        }
      }
    }
  };
  return [heard.statement, ...following(heard.answer, [announce])];
}

/** A probe that fails gives nothing up that was not given up before, and a test is nobody's message. */
function toldOf(outcome: DeliveryOutcome): Told[] {
  const { attempt, state } = outcome;
  if (attempt === null) return [];
  const { accountId, trigger } = attempt;
  if (state === 'failed' && trigger !== 'probe' && trigger !== 'test') {
    return [{ type: 'message.attempt.exhausted', accountId, attempt, outcome }];
  }
  return state === 'delivered' && (trigger === 'replay' || trigger === 'probe')
    ? [{ type: 'message.attempt.recovered', accountId, attempt, outcome }]
    : [];
}

function dataOf({ attempt, outcome }: Told): Pick<AttemptData, 'message' | 'last_attempt'> {
  const { message } = outcome.delivery;
  return {
    message: { id: message.id, event_type: message.eventType, event_id: message.eventId },
    last_attempt: {
      id: attempt.id,
      attempt_number: attempt.attemptNumber,
      status_code: attempt.statusCode,
      error_message: attempt.errorMessage,
      attempted_at: attempt.attemptedAt.toISOString(),
    },
  };
}

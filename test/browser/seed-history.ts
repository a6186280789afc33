import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { TestServer } from '#test/support/server.ts';
import { ATTACK } from './attack.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The events of the busy account, with their descriptions. */
export const EVENTS = [
  ['order.created', 'A customer placed an order.'],
  ['order.paid', 'The payment of an order was confirmed.'],
  ['order.refunded', ATTACK],
  ['a.very.long.event.type.that.somebody.thought.was.a.good.idea.at.the.time', ''],
] as const;

interface Past {
  accountId: string;
  appId: string;
  good: { id: string; subscriptionId: string };
  failing: { id: string; subscriptionId: string };
  messageId: string;
}

/** A day of attempts as the outcome writer stores them, and a delivery that failed five times; the last one's id. */
export async function history(server: TestServer, past: Past): Promise<string> {
  const { pool } = server.container;
  const now = Date.now();
  for (let hour = 0; hour < 24; hour += 1) {
    const at = new Date(Math.floor(now / HOUR_MS) * HOUR_MS - hour * HOUR_MS);
    const busy = Math.round(620 + 540 * Math.sin(hour / 3.1));
    await pool.query(
      `insert into delivery_counts (account_id, app_id, endpoint_id, hour, succeeded, failed)
       values ($1, $2, $3, $4, $5, $6), ($1, $2, $7, $4, $8, $9) on conflict do nothing`,
      [
        past.accountId,
        past.appId,
        past.good.id,
        at,
        busy,
        hour % 5,
        past.failing.id,
        hour > 9 ? 40 : 0,
        hour < 9 ? 90 - hour * 6 : 0,
      ],
    );
  }
  const insert = async (at: number, values: Record<string, unknown>) => {
    const id = uuidv7(at);
    await pool.query(
      `insert into attempts (account_id, app_id, id, message_id, endpoint_id, subscription_id, event_type,
         attempt_number, trigger, outcome, succeeded, status_code, duration_ms, error_message, response_headers,
         response_body, next_attempt_at)
       select $1, $2, id, message_id, endpoint_id, subscription_id, event_type, attempt_number,
         nullif(trigger, 'automatic'), nullif(outcome, 'status'),
         succeeded, status_code, duration_ms, error_message, response_headers, response_body, next_attempt_at
       from json_populate_record(null::attempts, $3)`,
      [past.accountId, past.appId, JSON.stringify({ id, ...values })],
    );
    return id;
  };
  for (let index = 40; index > 0; index -= 1) {
    const outcome = OUTCOMES[index % OUTCOMES.length];
    const endpoint = index % 3 === 0 ? past.failing : past.good;
    await insert(now - index * 3 * MINUTE_MS, {
      message_id: uuidv7(now - index * 3 * MINUTE_MS),
      endpoint_id: endpoint.id,
      subscription_id: endpoint.subscriptionId,
      event_type: EVENTS[index % 4]?.[0],
      attempt_number: 1 + (index % 3),
      trigger: index % 11 === 0 ? 'replay' : 'automatic',
      next_attempt_at: null,
      ...outcome,
    });
  }
  let id = '';
  for (const [index, minutesAgo] of [160, 155, 130, 100, 38].entries()) {
    id = await insert(now - minutesAgo * MINUTE_MS, {
      message_id: past.messageId,
      endpoint_id: past.failing.id,
      subscription_id: past.failing.subscriptionId,
      event_type: 'order.created',
      attempt_number: index + 1,
      trigger: 'automatic',
      next_attempt_at: index === 4 ? null : new Date(now - (minutesAgo - 5) * MINUTE_MS),
      ...(index === 1 ? OUTCOMES[2] : FAILED),
    });
  }
  await pool.query(
    `insert into deliveries (account_id, app_id, message_id, endpoint_id, state, attempts_made)
     values ($1, $2, $3, $4, 'failed', 5)`,
    [past.accountId, past.appId, past.messageId, past.failing.id],
  );
  return id;
}

const FAILED = {
  outcome: 'status',
  succeeded: false,
  status_code: 500,
  duration_ms: 2417,
  error_message: 'globex.example answered 500',
  response_headers: `Content-Type: text/html\nServer: ${ATTACK}\nX-Request-Id: d1f0b2`,
  response_body: `<!doctype html><title>Application error</title>${ATTACK}`,
};

const OUTCOMES = [
  {
    outcome: 'status',
    succeeded: true,
    status_code: 200,
    duration_ms: 84,
    error_message: '',
    response_headers: '',
    response_body: '{"ok":true}',
  },
  FAILED,
  {
    outcome: 'timeout',
    succeeded: false,
    status_code: null,
    duration_ms: 15_000,
    error_message: 'globex.example did not answer within 15 s',
    response_headers: null,
    response_body: null,
  },
  {
    outcome: 'status',
    succeeded: true,
    status_code: 204,
    duration_ms: 231,
    error_message: '',
    response_headers: '',
    response_body: '',
  },
  {
    outcome: 'tls',
    succeeded: false,
    status_code: null,
    duration_ms: 12,
    error_message: 'the certificate of globex.example has expired',
    response_headers: null,
    response_body: null,
  },
];

import type { ApiRequest } from './api-request.ts';

/** What whoever sent a refused request had better do; null for a request that was taken. */
export function whatToDo({ status, code }: Pick<ApiRequest, 'status' | 'code'>): string | null {
  if (status < 400) return null;
  return BY_CODE[code ?? ''] ?? BY_STATUS[status] ?? (status >= 500 ? OUR_FAULT : null);
}

const OUR_FAULT =
  'The fault was ours, or passes: send the request again. With an event_id, or an Idempotency-Key, it is not carried out twice.';
const WAIT = 'Wait for the seconds in the header Retry-After of the answer, then send the request again.';

const BY_CODE: Record<string, string> = {
  audience:
    'The message would have gone to others than `expect` says. Ask POST …/messages/explain who would get it, then mend the endpoints or the expectation.',
  event_id_conflict:
    'Another message has this event_id already. Give each event an id of its own, and the same one only to the same event.',
  idempotency_key_in_use: 'The same request is still being carried out. Send it again in a few seconds.',
  idempotency_key_reused: 'Draw a new Idempotency-Key for each request that is not a repetition.',
  message_quota:
    'Nothing was taken. Upgrade the plan, or wait for the month to begin anew; then send the message again.',
  missing_scope: 'Use a key that has the scope, or make one under Settings, Account.',
  not_broadcast: 'This webhook event goes to single subscribers: post to the address of the subscriber.',
  plan_limit: 'Remove what is no longer used, or upgrade the plan.',
  schema_violation:
    'Mend the data where the details say, or the schema of the webhook event. Then send the message again.',
  unknown_event_type:
    'Create the webhook event in the app, or mend the spelling of event_type. Then send the message again.',
  unknown_parameter: 'Mend or leave out what the details name: we take nothing that we would ignore.',
  unknown_route: 'Compare the address and the method with the API reference.',
};

const BY_STATUS: Record<number, string> = {
  400: 'Mend the body or the address: make JSON by a library rather than by hand. Then send the request again.',
  401: 'The key has ended. Put a working one into the program: Settings, Account has yours.',
  402: 'Upgrade the plan, then send the request again.',
  403: 'Use a key that may do this.',
  404: 'Check the id in the address: it may be deleted, or of another account.',
  405: 'Use a method that the error names.',
  409: 'Read what it conflicts with, and mend that first.',
  413: 'Send less: a link to large data in place of the data.',
  415: 'Send JSON with the header Content-Type: application/json.',
  422: 'Mend what the details name, then send the request again.',
  429: WAIT,
  503: `Nothing was wrong with the request. ${WAIT}`,
};

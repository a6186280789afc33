import { isUtf8 } from 'node:buffer';
import { headerLines } from '#src/domain/attempts/header-lines.ts';
import {
  type ImportedDelivery,
  importedState,
} from '#src/domain/deliveries/transitions/import-deliveries.ts';
import type { LineOf } from './line-schemas.ts';
import type { AttemptRow, MessageRow } from './log-rows.ts';

/** An app of the account, with the mapping from the file's ids. */
export interface Owner {
  accountId: string;
  appId: string;
  idOf: (id: string) => string;
}

/** The message without its deliveries. `data` is the payload's JSON text as the line has it. */
export function messageRow(owner: Owner, line: LineOf<'message'>, data: string): MessageRow {
  const bytes = line.data_base64 === null ? null : Buffer.from(line.data_base64, 'base64');
  const text = bytes === null ? (line.data_text ?? data) : textOf(bytes);
  return {
    account_id: owner.accountId,
    app_id: owner.appId,
    id: owner.idOf(line.id),
    event_type: line.event_type,
    version: line.version,
    event_id: line.event_id,
    override_payload: line.override_payload || line.content_type !== null,
    endpoint_ids: [],
    deliveries_count: line.deliveries_count,
    headers: line.headers,
    channels: line.channels,
    deliver_at: line.deliver_at,
    ordering_key: line.ordering_key,
    coalesce_key: line.coalesce_key,
    content_type: bytes === null ? line.content_type : (line.content_type ?? 'application/octet-stream'),
    data: text ?? '',
    data_bytes: text === undefined ? line.data_base64 : null,
  };
}

export const deliveryRow = (owner: Owner, line: LineOf<'delivery'>): ImportedDelivery => ({
  ...{ account_id: owner.accountId, app_id: owner.appId },
  message_id: owner.idOf(line.message_id),
  endpoint_id: owner.idOf(line.endpoint_id),
  state: importedState(line.state),
  reason: line.state === 'ignored' ? (line.reason ?? 'cancelled') : null,
  attempts_made: line.attempts_made,
});

export function attemptRow(owner: Owner, line: LineOf<'attempt'>): AttemptRow {
  const { status_code: code, trigger, outcome, error_message: error, response_headers: headers } = line;
  const { transformation_execution_id: executionId } = line;
  return {
    ...{ account_id: owner.accountId, app_id: owner.appId, id: owner.idOf(line.id) },
    message_id: owner.idOf(line.message_id),
    endpoint_id: owner.idOf(line.endpoint_id),
    subscription_id: owner.idOf(line.subscription_id),
    ...{ duration_ms: line.duration_ms, first_byte_ms: line.first_byte_ms, dns_ms: line.dns_ms },
    ...{ connect_ms: line.connect_ms, tls_ms: line.tls_ms, attempt_number: line.attempt_number },
    status_code: code === '0' ? null : Number(code),
    succeeded: line.status_message === 'success',
    event_type: line.event_type,
    trigger: trigger === 'automatic' ? null : trigger,
    outcome: outcome === 'status' ? null : outcome,
    error_message: error === '' ? null : error,
    response_headers: headers === null ? null : headerLines(flat(headers)),
    response_body: line.response,
    ...{ possible_duplicate: line.possible_duplicate || null, was_repeated: line.repeated || null },
    may_be_taken: line.outcome_unknown || null,
    execution_id: executionId === null ? null : owner.idOf(executionId),
    next_attempt_at: line.next_attempt_at,
  };
}

/** The bytes as text; undefined when PostgreSQL cannot store them as text. */
const textOf = (bytes: Buffer) => (isUtf8(bytes) && !bytes.includes(0) ? bytes.toString('utf8') : undefined);

function flat(headers: Record<string, string | string[]>): [string, string][] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value.replace(/[\r\n]/g, ' ')]),
  );
}

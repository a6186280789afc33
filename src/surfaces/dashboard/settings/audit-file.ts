import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { AuditEvent } from '#src/domain/audit/audit-events.ts';
import { csvLine } from '#src/infra/lib/csv.ts';

export const AUDIT_FORMATS = ['csv', 'ndjson'] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];

const TYPES: Record<AuditFormat, string> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

/** Streams the batches as a file. An error in the middle destroys the connection, so that no cut file seems whole. */
export async function sendAuditFile(
  res: Response,
  { format, day }: { format: AuditFormat; day: string },
  batches: AsyncIterable<AuditEvent[]>,
): Promise<void> {
  res.set({
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="hostedhooks-audit-${day}.${format}"`,
    'cache-control': 'no-store',
  });
  await pipeline(Readable.from(format === 'csv' ? csv(batches) : ndjson(batches)), res);
}

async function* ndjson(batches: AsyncIterable<AuditEvent[]>): AsyncGenerator<string> {
  for await (const batch of batches)
    yield batch.map((event) => `${JSON.stringify(memberOf(event))}\n`).join('');
}

async function* csv(batches: AsyncIterable<AuditEvent[]>): AsyncGenerator<string> {
  yield csvLine(COLUMNS);
  for await (const batch of batches) {
    yield batch.map((event) => csvLine(Object.values(columnsOf(event)))).join('');
  }
}

const memberOf = ({ appId, createdAt, ...event }: AuditEvent) => ({
  ...event,
  app_id: appId,
  created_at: createdAt,
});

const columnsOf = ({ id, createdAt, actor, action, object, appId, details }: AuditEvent) => ({
  created_at: createdAt.toISOString(),
  actor_type: actor.type,
  actor: actor.email ?? actor.name ?? actor.id ?? '',
  action,
  object_type: object.type,
  object: object.name ?? '',
  object_id: object.id,
  app_id: appId ?? '',
  details: JSON.stringify(details),
  id,
});

const COLUMNS: (keyof ReturnType<typeof columnsOf>)[] = [
  'created_at',
  'actor_type',
  'actor',
  'action',
  'object_type',
  'object',
  'object_id',
  'app_id',
  'details',
  'id',
];

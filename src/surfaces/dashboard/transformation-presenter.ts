import type { dryRun, TriedRequest } from '#src/domain/transformations/dry-run.ts';
import type { Execution, KeptRequest } from '#src/domain/transformations/transformation.ts';
import type { TransformationSummary } from '#src/domain/transformations/transformation-rows.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import type { Badge } from '#src/surfaces/html/badges.ts';
import { payloadOf } from '#src/surfaces/html/payload-view.ts';

export function transformationRow({ id, appId, name, ...row }: TransformationSummary) {
  const href = `/apps/${appId}/transformations/${id}`;
  return { name, href, endpoints: row.endpoints, failures: row.failures, updatedAt: row.updatedAt };
}

const BADGES: Record<Execution['outcome'], Badge> = {
  sent: { tone: 'success', label: 'Sent' },
  ignored: { tone: 'neutral', label: 'Ignored' },
  failed: { tone: 'danger', label: 'Failed' },
};

export function executionRow(row: Execution) {
  const { id, appId, messageId, outcome, version, durationMs, error } = row;
  return {
    ...{ id, version, durationMs, error, console: row.console },
    at: new Date(timeOfId(id)),
    badge: BADGES[outcome],
    messageHref: `/apps/${appId}/messages/${messageId}`,
    input: partsOf(row.request),
    output: row.result === null ? null : partsOf(row.result),
  };
}

const partsOf = ({ headers, body }: KeptRequest) => ({
  headers: Object.entries(headers),
  payload: payloadOf(body),
});

type Run = Awaited<ReturnType<typeof dryRun>>;

/** What a dry run shows: the input, what would be sent, what was printed, and what went wrong. */
export function runView({ outcome, content, console, error }: Run, { content: given }: TriedRequest) {
  const shown = ({ headers, contentType, body }: TriedRequest['content']) => ({
    headers: Object.entries({ ...headers, 'content-type': contentType ?? 'application/json' }),
    payload: payloadOf(body),
  });
  const output = content === null ? null : shown(content);
  return { badge: RUN_BADGES[outcome], console, error, input: shown(given), output };
}

const RUN_BADGES: Record<Execution['outcome'], Badge> = {
  sent: { tone: 'success', label: 'Would be sent' },
  ignored: { tone: 'neutral', label: 'Would be ignored' },
  failed: { tone: 'danger', label: 'Failed' },
};

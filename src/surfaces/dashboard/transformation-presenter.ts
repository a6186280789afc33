import type { dryRun, TriedRequest } from '#src/domain/transformations/dry-run.ts';
import {
  EXCERPT_LENGTH,
  type Execution,
  type KeptRequest,
} from '#src/domain/transformations/transformation.ts';
import type { TransformationSummary } from '#src/domain/transformations/transformation-rows.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import type { Badge } from '#src/surfaces/html/badges.ts';
import { bytesInPage, payloadOf } from '#src/surfaces/html/payload-view.ts';
import { requestDifference } from './request-difference.ts';

export function transformationRow({ id, appId, name, ...row }: TransformationSummary) {
  const href = `/apps/${appId}/transformations/${id}`;
  return { name, href, endpoints: row.endpoints, failures: row.failures, updatedAt: row.updatedAt };
}

const BADGES: Record<Execution['outcome'], Badge> = {
  sent: { tone: 'success', label: 'Sent' },
  ignored: { tone: 'neutral', label: 'Ignored' },
  failed: { tone: 'danger', label: 'Failed' },
};

/** What each part of a run may take of a page. */
const PART = { bytes: 15_000 };
/** What the parts of all executions of a list may take of it. */
const LIST_BYTES = 45_000;

/** As a list shows them: without what they changed, which takes time to tell. */
export function executionRows(rows: Execution[]) {
  let left = LIST_BYTES;
  return rows.map((row, index) => {
    const parts = 2 * (rows.length - index);
    const shown = executionRow(row, { bytes: Math.min(PART.bytes, left / parts) });
    for (const part of [shown.input, shown.output]) left -= part === null ? 0 : bytesInPage(part.payload);
    return shown;
  });
}

function executionRow(row: Execution, room: typeof PART) {
  const { id, appId, messageId, outcome, version, durationMs, error } = row;
  return {
    ...{ id, version, durationMs, error, console: row.console },
    at: new Date(timeOfId(id)),
    badge: BADGES[outcome],
    messageHref: `/apps/${appId}/messages/${messageId}`,
    input: partsOf(row.request, room),
    output: row.result === null ? null : partsOf(row.result, room),
  };
}

/** With what it changed; null when a part is not kept whole. */
export function executionView(row: Execution) {
  const { request, result } = row;
  const isWhole = [request, result].every((one) => one === null || one.body.length < EXCERPT_LENGTH);
  const difference = result === null || !isWhole ? null : requestDifference(request, result, PART);
  return { ...executionRow(row, PART), difference };
}

const partsOf = (
  { headers, body }: Pick<TriedRequest['content'], 'body'> & Pick<KeptRequest, 'headers'>,
  room: typeof PART,
) => ({ headers: Object.entries(headers), payload: payloadOf(body, room) });

type Run = Awaited<ReturnType<typeof dryRun>>;

/** What a dry run shows: the input, what would be sent, what that changes, what was printed, and what went wrong. */
export function runView({ outcome, content, console, error }: Run, { content: given }: TriedRequest) {
  const before = withType(given);
  const after = content === null ? null : withType(content);
  return {
    ...{ badge: RUN_BADGES[outcome], console, error },
    input: partsOf(before, PART),
    output: after === null ? null : partsOf(after, PART),
    difference: after === null ? null : requestDifference(before, after, PART),
  };
}

const withType = ({ headers, contentType, body }: TriedRequest['content']) => ({
  headers: { ...headers, 'content-type': contentType ?? 'application/json' },
  body,
});

const RUN_BADGES: Record<Execution['outcome'], Badge> = {
  sent: { tone: 'success', label: 'Would be sent' },
  ignored: { tone: 'neutral', label: 'Would be ignored' },
  failed: { tone: 'danger', label: 'Failed' },
};

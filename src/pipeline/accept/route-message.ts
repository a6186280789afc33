import { FilterSubject } from '#src/domain/outbound-rules/filter/subject.ts';
import type { CompiledDeduplication, ComparedContent } from '#src/domain/outbound-rules/deduplication.ts';
import type { LoopShare } from '#src/infra/lib/loop-share.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { AppSnapshot, RoutedEndpoint } from '#src/pipeline/routing/app-snapshot.ts';
import { applyFilters, type Filtering } from '#src/pipeline/routing/apply-filters.ts';
import { route } from '#src/pipeline/routing/route.ts';
import type { MessageInput } from './message-input.ts';
import type { QueuedDelivery, RoutedMessage } from './routed-message.ts';

const NONE: readonly RoutedEndpoint[] = [];

/** The posted message with its id and where it goes by this snapshot of its app. */
export async function routeMessage(
  app: AppSnapshot,
  input: MessageInput,
  { nowMs, ...filtering }: Filtering & { nowMs: number },
): Promise<RoutedMessage> {
  const { target, dataText, dataBytes, contentType = null, channels = null, ...rest } = input;
  const { expect: _expect, path: _path, ...fields } = rest;
  const addressed = { ...fields, target, channels };
  const filtered = await applyFilters(app, addressed, filtering);
  const { held, sent, ignored, queued = NONE } = route(app, addressed, filtered);
  const message = {
    ...fields,
    id: uuidv7(nowMs),
    accountId: app.accountId,
    appId: app.id,
    subscriptionId: target.subscriptionId,
    endpointId: target.endpointId,
    endpointIds: sent,
    deliveriesCount: sent.length + held.length + queued.length,
    channels,
    contentType,
    data: dataBytes ?? dataText,
  };
  const routed = { message, held, ignored, revision: app.revision };
  if (queued.length === 0) return routed;
  const fromMs = Math.max(nowMs, input.deliverAt?.getTime() ?? 0);
  const samenessOf = samenesses(message, filtering.share);
  const waiting: QueuedDelivery[] = [];
  for (const { id: endpointId, queue } of queued) {
    const dueAt = new Date(fromMs + (queue?.delaySeconds ?? 0) * 1000);
    const rule = queue?.deduplication ?? null;
    waiting.push({ endpointId, dueAt, ...(rule !== null && { sameness: await samenessOf(rule) }) });
  }
  return { ...routed, queued: waiting };
}

/** Tells by what rules compare the message. Equal rules of many endpoints look at it once. */
function samenesses(message: ComparedContent, share: LoopShare) {
  const known = new Map<string, { hash: string; windowSeconds: number }>();
  return async (rule: CompiledDeduplication) => {
    const { text, windowSeconds } = rule;
    const sameness = known.get(text) ?? { hash: rule.keyOf(message), windowSeconds };
    if (!known.has(text) && share.isUsedUpBy(message.data.length)) await share.pause();
    known.set(text, sameness);
    return sameness;
  };
}

export const subjectOf = (input: MessageInput) =>
  new FilterSubject({
    ...input,
    contentType: input.contentType ?? null,
    data: input.dataBytes ?? input.dataText,
  });

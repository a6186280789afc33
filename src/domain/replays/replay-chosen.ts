import type { App } from '#src/domain/apps/app.ts';
import type { Endpoints } from '#src/domain/endpoints/endpoints.ts';
import { AppError } from '#src/infra/lib/errors.ts';
import type { Replays } from './replays.ts';

/** Deliveries that are replayed at once. */
export const MAX_CHOSEN = 100;

/** A delivery of an app. */
export interface Chosen {
  messageId: string;
  endpointId: string;
}

/** What became of one of them. */
export interface ChosenResult extends Chosen {
  /** Null: the app has no such endpoint. */
  endpoint: { id: string; url: string; subscriber: string } | null;
  /** Why it was not replayed, as a sentence; null: it is on its way. */
  problem: string | null;
}

/**
 * Replays deliveries one by one, at most {@link MAX_CHOSEN}, each in a transaction of its own, so that a refusal of one
 * leaves the others on their way. Done again it leaves out what is delivered, due or retried later, and sends only what
 * was given up once more.
 */
export async function replayChosen(
  parts: { endpoints: Endpoints; replays: Replays },
  app: App,
  chosen: Chosen[],
): Promise<ChosenResult[]> {
  const results: ChosenResult[] = [];
  for (const one of chosen.slice(0, MAX_CHOSEN)) results.push(await replay(parts, app, one));
  return results;
}

async function replay(
  { endpoints, replays }: { endpoints: Endpoints; replays: Replays },
  app: App,
  { messageId, endpointId }: Chosen,
): Promise<ChosenResult> {
  const result: ChosenResult = { messageId, endpointId, endpoint: null, problem: null };
  try {
    const endpoint = await endpoints.getOfApp(app, endpointId);
    const { id, url, subscription } = endpoint;
    result.endpoint = { id, url, subscriber: subscription.name };
    const key = { accountId: app.accountId, appId: app.id, messageId, endpointId: id };
    await replays.replayOne(endpoint, key, { isForced: false, hastensRetry: false });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    result.problem = error.message;
  }
  return result;
}

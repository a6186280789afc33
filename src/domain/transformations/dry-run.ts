import { contentOf, type HandlerContext, inputOf, type OutgoingContent } from './apply.ts';
import { notBusy } from './check-code.ts';
import { type Ended, endOf } from './run-for-delivery.ts';
import type { CodeRunner } from './runtime/code-runner.ts';
import type { ConsoleLine } from './runtime/run.ts';
import type { App } from '#src/domain/apps/app.ts';
import { DEFAULT_HEADER_PREFIX } from '#src/domain/outbound-rules/own-headers.ts';
import type { Message } from '#src/domain/messages/message.ts';

/** The request that a transformation is tried on. */
export interface TriedRequest {
  id: string;
  eventType: string;
  version: string;
  eventId: string | null;
  content: OutgoingContent;
}

export const triedMessage = (message: Message): TriedRequest => ({ ...message, content: contentOf(message) });

interface Try {
  app: Pick<App, 'id' | 'uid' | 'name' | 'accountId' | 'headerPrefix'>;
  code: string;
  request: TriedRequest;
}

/**
 * Runs code without sending anything, for an endpoint that is none. A run that fails is an answer. Throws Unavailable
 * while too much runs.
 */
export async function dryRun(
  runner: Pick<CodeRunner, 'run'>,
  { app, code, request }: Try,
): Promise<Ended & { console: ConsoleLine[] }> {
  const { id, eventType, eventId } = request;
  const context: HandlerContext = {
    ...NOBODY,
    app: { id: app.id, uid: app.uid, name: app.name },
    message: { id, event_type: eventType, event_id: eventId },
  };
  const makeRun = () => ({ code, input: inputOf(request, context) });
  const result = notBusy(await runner.run(app.accountId, makeRun));
  const ended = endOf(result, request.content, app.headerPrefix ?? DEFAULT_HEADER_PREFIX);
  return { ...ended, console: result.console };
}

const NO_ID = '00000000-0000-0000-0000-000000000000';
const NOBODY = {
  endpoint: { id: NO_ID, uid: null, url: 'https://receiver.example/' },
  subscription: { id: NO_ID, uid: null, name: 'Dry run' },
};

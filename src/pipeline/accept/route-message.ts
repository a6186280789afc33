import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { AppSnapshot } from '#src/pipeline/routing/app-snapshot.ts';
import { route } from '#src/pipeline/routing/route.ts';
import type { MessageInput } from './message-input.ts';
import type { RoutedMessage } from './routed-message.ts';

/** The posted message with its id and where it goes by this snapshot of its app. */
export function routeMessage(app: AppSnapshot, input: MessageInput, nowMs: number): RoutedMessage {
  const { target, dataText, dataBytes, contentType = null, expect: _expect, path: _path, ...fields } = input;
  const { held, sent, ignored } = route(app, input);
  const message = {
    ...fields,
    id: uuidv7(nowMs),
    accountId: app.accountId,
    appId: app.id,
    subscriptionId: target.subscriptionId,
    endpointId: target.endpointId,
    endpointIds: sent,
    deliveriesCount: sent.length + held.length,
    contentType,
    data: dataBytes ?? dataText,
  };
  return { message, held, ignored, revision: app.revision };
}

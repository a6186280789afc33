import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { contentType as anyContentType, messageHeaders } from '#src/domain/messages/message-headers.ts';
import type { MessageInput } from '#src/pipeline/accept/message-input.ts';
import type { Call } from './call.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import type { MessageTargets } from './message-targets.ts';
import { type Operation, operation, type RequestBody } from './operation.ts';
import { messageAnswers, messageErrors, presentAccepted } from './publish-answers.ts';
import { withRateHeaders } from './with-rate-headers.ts';
import { publishParameters } from '#src/surfaces/api/schemas/publish-as-is.ts';

type Parts = Pick<Container, 'acceptor' | 'publishRate' | 'quota' | 'subscriptions'>;

type AsIs = Pick<MessageInput, 'contentType' | 'dataText' | 'dataBytes' | 'headers'>;

const anything: RequestBody<AsIs> = {
  contentType: '*/*',
  schema: z.unknown().meta({ examples: ['<order id="42"/>'] }),
  isRequired: false,
  description: 'Anything, at most 1 MB. Its bytes and its Content-Type are passed on untouched.',
  read: readAsIs,
};

/** Sends the body as the webhook's body, without an envelope and unparsed. The rest equals any other message. */
export function publishAsIsOperation(container: Parts, targets: MessageTargets): Operation {
  const { acceptor, subscriptions } = container;
  return withRateHeaders(
    container,
    operation({
      id: 'publishAsIs',
      right: 'send',
      summary: 'Send any body as it is',
      description:
        'What you send is the body of the webhook, byte for byte, with your Content-Type (`application/octet-stream` without one); it is signed, retried, logged and replayed as any message. Request headers that begin with `X-Forward-` go on without that prefix.',
      query: publishParameters,
      body: anything,
      answers: messageAnswers,
      errors: messageErrors,
      handle: async (call, { query: { subscription, ...fields }, body }) => {
        const target = await targets.app(call);
        if (subscription !== undefined) {
          const { accountId, appId: id } = target;
          target.subscriptionId = (await subscriptions.getOfApp({ accountId, id }, subscription)).id;
        }
        const message = { ...fields, ...body, target, overridePayload: true, deliverAt: null };
        return presentAccepted(await acceptor.accept(message));
      },
    }),
  );
}

const FORWARDED = 'x-forward-';
const NO_TYPE = 'application/octet-stream';
const typeHeader = z.strictObject({ 'content-type': anyContentType });

async function readAsIs(call: Call): Promise<AsIs> {
  const given = call.header('content-type') ?? '';
  const contentType = given === '' ? NO_TYPE : given;
  parseInput(typeHeader, { 'content-type': contentType });
  const headers = readForwarded(call);
  const bytes = await call.bytes();
  // PostgreSQL's text type cannot store NUL.
  const isText = isUtf8(bytes) && !bytes.includes(0);
  return isText
    ? { contentType, headers, dataText: bytes.toString('utf8') }
    : { contentType, headers, dataText: '', dataBytes: bytes };
}

const forwardedHeaders = z.strictObject({ [`${FORWARDED}*`]: messageHeaders });

function readForwarded(call: Call): Record<string, string> | null {
  const forwarded = call.headersAfter(FORWARDED);
  if (Object.keys(forwarded).length === 0) return null;
  parseInput(forwardedHeaders, { [`${FORWARDED}*`]: forwarded });
  return forwarded;
}

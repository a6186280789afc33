import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import type { MessageTarget } from '#src/pipeline/routing/message-target.ts';
import { jsonRead } from './body.ts';
import type { Call } from './call.ts';
import type { Find } from './find.ts';
import { parseBatch, parseMessage } from './read-message-input.ts';
import { eventOfMessage, eventsOfBatch, nameUnknownEvents } from './name-unknown-events.ts';
import { createMessageTargets, type MessageTargets } from './message-targets.ts';
import { type Operation, operation } from './operation.ts';
import { messageShape, presentMessage } from '#src/surfaces/api/presenters/message.ts';
import { messageAnswers, messageErrors, presentAccepted } from './publish-answers.ts';
import { publishAsIsOperation } from './publish-as-is.ts';
import { withRateHeaders } from './with-rate-headers.ts';
import { postedBatch, postedMessage } from '#src/surfaces/api/schemas/messages.ts';

type Parts = Pick<Container, 'acceptor' | 'directory' | 'publishRate' | 'quota' | 'subscriptions'>;

const BATCH_MEGABYTES = FIXED_LIMITS.batchBytes.max / 1024 ** 2;

const DURABLY = 'Answered 201 once the message and all that it owes are stored durably.';

interface Post {
  id: string;
  summary: string;
  target: (call: Call) => Promise<MessageTarget>;
}

/** The operations that accept messages: the hot path of the API. */
export function createPublishOperations(container: Parts, find: Find) {
  const { acceptor } = container;
  const targets = createMessageTargets(container, find);

  const post = ({ id, summary, target }: Post): Operation =>
    withRateHeaders(
      container,
      operation({
        id,
        right: 'send',
        summary,
        description: DURABLY,
        body: jsonRead(postedMessage, async (call) =>
          nameUnknownEvents(
            { acceptor, call, target, eventsIn: eventOfMessage },
            await call.body(),
            parseMessage,
          ),
        ),
        answers: messageAnswers,
        errors: messageErrors,
        handle: async (call, { body }) => {
          return presentAccepted(await acceptor.accept({ ...body, target: await target(call) }));
        },
      }),
    );

  return {
    batch: withRateHeaders(container, batchOperation(container, targets)),
    asIs: publishAsIsOperation(container, targets),
    toApp: post({ id: 'postMessage', summary: 'Send a message to an app', target: targets.app }),
    toSubscription: post({
      id: 'postMessageToSubscription',
      summary: 'Send a message to one subscriber',
      target: targets.subscription,
    }),
    toEndpoint: post({
      id: 'postMessageToEndpoint',
      summary: 'Send a message to one endpoint',
      target: targets.endpoint,
    }),
  };
}

function batchOperation({ acceptor }: Pick<Container, 'acceptor'>, targets: MessageTargets): Operation {
  return operation({
    id: 'postMessages',
    right: 'send',
    summary: 'Send up to 1,000 messages',
    description: 'All are taken or, when something is wrong with any, none.',
    body: jsonRead(postedBatch, async (call) => {
      const json = await call.json({ limitMegabytes: BATCH_MEGABYTES });
      const posting = { acceptor, call, target: targets.app, eventsIn: eventsOfBatch };
      return nameUnknownEvents(posting, json, parseBatch);
    }),
    errors: messageErrors,
    answers: {
      200: { shape: z.array(messageShape), description: 'All of them were there already.' },
      201: { shape: z.array(messageShape), description: 'In the order in which they were sent.' },
    },
    handle: async (call, { body: inputs }) => {
      const target = await targets.app(call);
      const accepted = await acceptor.acceptAll(inputs.map((input) => ({ ...input, target })));
      const isNew = accepted.some(({ isDuplicate }) => !isDuplicate);
      const text = `[${accepted.map(({ message }) => presentMessage(message)).join(',')}]`;
      return isNew
        ? { status: 201, text }
        : { status: 200, text, headers: { 'idempotent-replayed': 'true' } };
    },
  });
}

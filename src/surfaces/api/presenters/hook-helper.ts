import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { helperAnswer } from '#src/domain/hook-helpers/answer.ts';
import { SCHEMES, VERDICTS } from '#src/domain/hook-helpers/arrival-signature.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import type { ReceivedRequest } from '#src/domain/hook-helpers/received-requests.ts';
import { presentHeaders } from './headers.ts';
import { createdAt, headersShape, id, named, time } from './shape.ts';

export const hookHelperShape = named(
  'HookHelper',
  'A built-in receiver with a public address, to look at what arrives there.',
  z.object({
    id: id(),
    label: z.string().meta({ examples: ['Hook Helper'] }),
    url: z.string().describe('Takes any request.'),
    endpoint_id: id('The endpoint that it is linked to.').nullable(),
    answer: helperAnswer.nullable().describe('What it answers; null: 200, at once.'),
    failures_left: z.int().describe('So many requests still get the answer, where it is for the first ones.'),
    created_at: createdAt,
  }),
);

const arrivalSignatureShape = named(
  'ArrivalSignature',
  'What the signature proved when the request arrived, by the secrets of the endpoints whose URL is the Hook Helper’s: those of the 10 newest.',
  z.object({
    verdict: z
      .enum(VERDICTS)
      .describe(
        '`valid`; `wrong_secret`: no secret makes this signature of this body; `stale`: the time is more than five minutes off; `missing`: no signature that could be read; `not_checked`: none by those 10, and there are more; `not_ours`: no endpoint posts here.',
      ),
    endpoint_id: id('The endpoint whose secret made it.').nullable(),
    schemes: z.array(z.enum(SCHEMES)).describe('The signatures that agree.'),
  }),
);

export const receivedRequestShape = named(
  'ReceivedRequest',
  'A request that arrived at a Hook Helper.',
  z.object({
    id: id(),
    method: z.string().meta({ examples: ['POST'] }),
    path: z.string().describe('With the query, below the address of the Hook Helper.'),
    headers: headersShape('As they came.').nullable(),
    body: z.string(),
    body_encoding: z.enum(['utf8', 'base64']).describe('A body that is no text is given in base64.'),
    signature: arrivalSignatureShape,
    answered_status: z.int().describe('The status that it was answered with.'),
    created_at: time('When it arrived.'),
  }),
);

export function presentHookHelper(helper: HookHelper, origin: string): z.output<typeof hookHelperShape> {
  return {
    id: helper.id,
    label: helper.label,
    url: `${origin}/r/${helper.token}`,
    endpoint_id: helper.endpointId ?? null,
    answer: helper.answer ?? null,
    failures_left: helper.failuresLeft,
    created_at: helper.createdAt,
  };
}

export function presentReceivedRequest(request: ReceivedRequest): z.output<typeof receivedRequestShape> {
  const encoding = isUtf8(request.body) ? 'utf8' : 'base64';
  return {
    id: request.id,
    method: request.method,
    path: request.path,
    headers: presentHeaders(request.headers),
    body: request.body.toString(encoding),
    body_encoding: encoding,
    signature: {
      verdict: request.signature.verdict,
      endpoint_id: request.signature.endpointId,
      schemes: request.signature.schemes,
    },
    answered_status: request.answeredStatus,
    created_at: request.receivedAt,
  };
}

import { z } from 'zod';
import { text } from '#src/infra/lib/text-schema.ts';
import { problemOfHeader } from './reserved-headers.ts';
import { secretText } from './secret-text.ts';

const CREDENTIAL = /^[\x21-\x7e]+$/;
/** Control characters (RFC 7617, section 2). */
const NO_CONTROL = /^[^\x00-\x1f\x7f]*$/;

const MAX_CREDENTIAL = 4096;
const MAX_PEM = 16_384;
const MAX_TEMPLATE = 500;

const credential = () =>
  z
    .string()
    .min(1, { abort: true })
    .max(MAX_CREDENTIAL)
    .regex(CREDENTIAL, 'must be printable ASCII characters without blanks');
const basicPart = () => text(255).regex(NO_CONTROL, 'must not hold control characters');
const pem = () =>
  z
    .string()
    .max(MAX_PEM)
    .regex(/-----BEGIN /, 'must be PEM');

const headerName = z
  .string()
  .max(100)
  .superRefine((name, context) => {
    const problem = problemOfHeader(name, '');
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

/** A text with places to fill in; other braces are as they are. */
const template = (places: string[]) =>
  z
    .string()
    .min(1, { abort: true })
    .max(MAX_TEMPLATE)
    .regex(/^[\x20-\x7e\n]*$/, 'must be ASCII characters')
    .refine(
      (value) => [...value.matchAll(/\{(\w+)\}/g)].every(([, place = '']) => places.includes(place)),
      `must hold no other places than ${places.map((place) => `{${place}}`).join(', ')}`,
    );

const hmac = z.strictObject({
  type: z.literal('hmac'),
  header: headerName.describe('Which header has the signature.'),
  algorithm: z.enum(['sha256', 'sha512']),
  encoding: z.enum(['hex', 'base64']),
  secret: secretText(text(255).min(1)),
  template: template(['id', 'timestamp', 'body'])
    .optional()
    .describe('What is signed; at first `{body}`. `{timestamp}` is in Unix seconds.'),
  value: template(['id', 'timestamp', 'signature'])
    .regex(/^[^\n]*\{signature\}[^\n]*$/, 'must hold {signature}, in one line')
    .optional()
    .describe('The value of the header; at first `{signature}`.'),
  timestamp_header: headerName.optional().describe('Which header has the timestamp, if one is to.'),
});

const apiKey = z
  .strictObject({
    type: z.literal('api_key'),
    name: z
      .string()
      .min(1, { abort: true })
      .max(100)
      .regex(CREDENTIAL, 'must be printable ASCII characters without blanks'),
    value: secretText(credential().max(1000)),
    in: z.enum(['header', 'query']),
  })
  .superRefine(({ name, in: place }, context) => {
    const problem = place === 'header' ? problemOfHeader(name, '') : undefined;
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['name'], message: problem });
  });

/** How we prove to a receiver who we are, beside our signature. */
export const auth = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('none') }),
    z.strictObject({
      type: z.literal('basic'),
      username: basicPart().regex(/^[^:]*$/, 'must not hold a colon'),
      password: secretText(basicPart()),
    }),
    z.strictObject({ type: z.literal('bearer'), token: secretText(credential()) }),
    apiKey,
    hmac,
    z.strictObject({
      type: z.literal('oauth2_client_credentials'),
      token_url: text(2048).min(1),
      client_id: basicPart().min(1),
      client_secret: secretText(text(MAX_CREDENTIAL).min(1)),
      scope: z
        .string()
        .max(1000)
        .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII characters')
        .optional(),
      client_authentication: z
        .enum(['basic', 'body'])
        .describe('How the token endpoint is told the client: HTTP Basic, or members of the body.'),
    }),
    z.strictObject({
      type: z.literal('mtls'),
      certificate: pem().describe('The client certificate, with its chain: PEM.'),
      private_key: secretText(pem()),
    }),
  ])
  .meta({
    id: 'EndpointAuth',
    description: 'How the receiver is told who sends, beside our signature. Its secrets are never answered.',
    examples: [{ type: 'bearer', token: { set: true, hint: '…a1f0' } }],
  });

export type Auth = z.output<typeof auth>;

/** The secret member of each type. */
export const SECRET_OF = {
  none: null,
  basic: 'password',
  bearer: 'token',
  api_key: 'value',
  hmac: 'secret',
  oauth2_client_credentials: 'client_secret',
  mtls: 'private_key',
} as const satisfies Record<Auth['type'], string | null>;

/** The other address, beside the endpoint's URL, that requests are sent to. */
export const tokenUrlOf = (auth: Auth | null | undefined): string | undefined =>
  auth?.type === 'oauth2_client_credentials' ? auth.token_url : undefined;

/** The headers that the authentication sets. */
export function headersOfAuth(auth: Auth | undefined): string[] {
  switch (auth?.type) {
    case 'basic':
    case 'bearer':
    case 'oauth2_client_credentials':
      return ['authorization'];
    case 'api_key':
      return auth.in === 'header' ? [auth.name] : [];
    case 'hmac':
      return [auth.header, ...(auth.timestamp_header === undefined ? [] : [auth.timestamp_header])];
    default:
      return [];
  }
}

import { SIGNATURE_PRESETS } from '#src/domain/outbound-rules/auth-presets.ts';
import { listed } from '#src/infra/lib/in-words.ts';
import type { Control, RulePart, RuleValue } from './rule-part.ts';

type Auth = RuleValue<'auth'>;

const of = (when: Auth['type'], ...controls: Omit<Control, 'when'>[]): Control[] =>
  controls.map((control) => ({ ...control, when }));

export const authPart: RulePart<'auth'> = {
  rule: 'auth',
  label: 'Authentication',
  hint: 'How the receiver is told who sends, beside our signature.',
  controls: [
    {
      kind: 'select',
      member: 'type',
      label: 'By',
      options: [
        ['', 'Our signature alone'],
        ['basic', 'User name and password'],
        ['bearer', 'Bearer token'],
        ['api_key', 'API key'],
        ['hmac', 'A signature of another form'],
        ['oauth2_client_credentials', 'OAuth 2 client credentials'],
        ['mtls', 'Client certificate'],
      ],
    },
    ...of(
      'basic',
      { kind: 'text', member: 'username', label: 'User name' },
      { kind: 'secret', member: 'password', label: 'Password' },
    ),
    ...of('bearer', { kind: 'secret', member: 'token', label: 'Token' }),
    ...of(
      'api_key',
      { kind: 'text', member: 'name', label: 'Name' },
      { kind: 'secret', member: 'value', label: 'Key' },
      {
        kind: 'select',
        member: 'in',
        label: 'Sent in',
        options: [
          ['header', 'a header'],
          ['query', 'the query of the URL'],
        ],
      },
    ),
    ...of(
      'hmac',
      {
        kind: 'select',
        member: 'preset',
        label: 'As that of',
        options: [['', 'As below'], ...Object.keys(SIGNATURE_PRESETS).map((name) => [name, name] as const)],
        brings: SIGNATURE_PRESETS,
      },
      { kind: 'secret', member: 'secret', label: 'Secret' },
      { kind: 'text', member: 'header', label: 'Header' },
      {
        kind: 'select',
        member: 'algorithm',
        label: 'Algorithm',
        options: [
          ['', 'As that of'],
          ['sha256', 'SHA-256'],
          ['sha512', 'SHA-512'],
        ],
      },
      {
        kind: 'select',
        member: 'encoding',
        label: 'Encoding',
        options: [
          ['', 'As that of'],
          ['hex', 'Hexadecimal'],
          ['base64', 'Base64'],
        ],
      },
      { kind: 'text', member: 'template', label: 'What is signed', placeholder: '{timestamp}.{body}' },
      { kind: 'text', member: 'value', label: 'The header’s value', placeholder: 'sha256={signature}' },
      { kind: 'text', member: 'timestamp_header', label: 'Header of the time' },
    ),
    ...of(
      'oauth2_client_credentials',
      { kind: 'text', member: 'token_url', label: 'Address of tokens' },
      { kind: 'text', member: 'client_id', label: 'Client id' },
      { kind: 'secret', member: 'client_secret', label: 'Client secret' },
      { kind: 'text', member: 'scope', label: 'Scope' },
      {
        kind: 'select',
        member: 'client_authentication',
        label: 'The client is told by',
        options: [
          ['basic', 'HTTP Basic'],
          ['body', 'the body'],
        ],
      },
    ),
    ...of(
      'mtls',
      { kind: 'lines', member: 'certificate', label: 'Certificate, with its chain, as PEM' },
      { kind: 'secret-lines', member: 'private_key', label: 'Private key, as PEM' },
    ),
  ],
  sentence: authInWords,
};

function authInWords(auth: Auth): string {
  switch (auth.type) {
    case 'basic':
      return `Signs in as ${auth.username}, with a password.`;
    case 'bearer':
      return 'Sends a bearer token.';
    case 'api_key':
      return `Sends an API key as ${auth.name}, in the ${auth.in}.`;
    case 'hmac':
      return `Signs in ${listed([auth.header, ...[auth.timestamp_header ?? []].flat()])}, by HMAC.`;
    case 'oauth2_client_credentials':
      return `Fetches tokens at ${auth.token_url} as ${auth.client_id}.`;
    case 'mtls':
      return 'Shows a client certificate.';
    default:
      return 'Authenticates by our signature alone.';
  }
}

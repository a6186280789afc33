import { z } from 'zod';
import { DATABASE_ENGINES } from '#src/infra/database/engine.ts';
import { Secret } from '#src/infra/lib/secret.ts';

const DEVELOPMENT_VALUE = 'a development value';
const MANIFEST_VALUE = 'that of `addon-manifest.json`';

/** A process listens on one and needs two for each of its pools. */
export const MIN_CONNECTIONS = 5;
/** More than Heroku sets by itself for the largest dyno, which has 126 GB: a process for each 512 MB. */
const MAX_PROCESSES = 256;

const text = z.string().trim().min(1, 'must not be empty');
const number = (message: string, isRight: (value: number) => boolean) =>
  text.transform(Number).refine(isRight, { error: message });
const wholeNumber = (min: number, max: number) =>
  number(
    `must be a whole number from ${String(min)} to ${String(max)}`,
    (value) => Number.isInteger(value) && value >= min && value <= max,
  );
const oneOf = <const T extends string>(...values: T[]) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });
const address = (begins: string, protocol: RegExp) =>
  z.url({ protocol, error: `must be an address that begins with ${begins}` });
const flag = z
  .enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
  .transform((value) => value === 'true' || value === '1');
const secretList = text.transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => new Secret(part)),
);
const secret = text.transform((value) => new Secret(value));
const delays = text
  .transform((value) => value.split(',').map(Number))
  .refine((list) => list.every((seconds) => Number.isFinite(seconds) && seconds >= 0), {
    error: 'must be seconds separated by commas, like 60,300,1500,7500',
  });

/**
 * Every environment variable of the product with its description; `default` describes an unset variable. `npm run docs`
 * writes the list into README.md. `config.ts` reads them, and no other file of `src`.
 */
export const environmentSchema = z.object({
  NODE_ENV: oneOf('development', 'test', 'production')
    .default('development')
    .describe('`production` needs a database and secrets of its own'),
  PORT: wholeNumber(1, 65_535).default(3000).describe('where web listens'),
  WEB_CONCURRENCY: wholeNumber(1, MAX_PROCESSES)
    .default(1)
    .describe('processes of web, worker or `npm start`, on one port; each needs 512 MB'),
  HOST: text.optional().meta({ description: 'the interface that web listens on', default: 'all' }),
  BASE_URL: address('http:// or https://', /^https?$/)
    .optional()
    .meta({ description: 'the public origin, in links', default: '`http://localhost:$PORT`' }),
  DATABASE_URL: address('postgres://', /^postgres(ql)?$/)
    .optional()
    .meta({ description: 'PostgreSQL 15 or later', default: 'embedded in `npm start`' }),
  DATABASE_ENGINE: oneOf(...DATABASE_ENGINES)
    .default('postgresql')
    .describe(
      '`citus`: the database is the coordinator of a Citus cluster, which has what grows with traffic',
    ),
  DATABASE_POOL_MAX: wholeNumber(MIN_CONNECTIONS, 500)
    .default(8)
    .describe('connections of one web or worker, at least 5 for each of its `WEB_CONCURRENCY` processes'),
  DATA_DIR: text.default('.data').describe('the folder of the embedded database'),
  APP_SECRET: secret.optional().meta({
    description: 'signs sessions and links, derives API keys',
    default: DEVELOPMENT_VALUE,
  }),
  ENCRYPTION_KEY: secret
    .optional()
    .meta({ description: 'encrypts secrets at rest', default: DEVELOPMENT_VALUE }),
  ENCRYPTION_KEY_PREVIOUS: secret
    .optional()
    .describe('the key before it, which still decrypts during a rotation'),
  HEROKU_ADDON_PASSWORD: secretList.optional().meta({
    description: "password of Heroku's calls; a comma list during a rotation",
    default: MANIFEST_VALUE,
  }),
  HEROKU_SSO_SALT: secretList.optional().meta({
    description: 'salt of single sign-on tokens; a comma list during a rotation',
    default: MANIFEST_VALUE,
  }),
  HEROKU_SSO_LEGACY_TOKENS: flag.optional().meta({
    description: 'whether the older sign-on tokens are accepted',
    default: '`true`; `false` in production',
  }),
  HEROKU_CLIENT_SECRET: secret
    .optional()
    .describe('exchanges grants; without it keys cannot be put into config'),
  HEROKU_API_URL: address('http:// or https://', /^https?$/)
    .default('https://api.heroku.com')
    .describe("Heroku's Platform API"),
  HEROKU_ID_URL: address('http:// or https://', /^https?$/)
    .default('https://id.heroku.com')
    .describe("Heroku's id server"),
  SMTP_URL: address('smtp:// or smtps://', /^smtps?$/)
    .transform((value) => new Secret(value))
    .optional()
    .meta({
      description:
        '`smtps://`, or `smtp://` with STARTTLS (`?requireTLS=false`: without); else mails show at `/dev/mail`',
    }),
  MAIL_FROM: text
    .optional()
    .meta({ description: 'the sender of every mail', default: '`support@hostedhooks.com`' }),
  OPERATOR_EMAIL: z
    .email('must be an address like ops@example.com')
    .optional()
    .describe('is told of jobs that were set aside; needs `SMTP_URL`'),
  DELIVERY_TIMEOUT_MS: wholeNumber(1, 3_600_000).default(15_000).describe('the deadline of a whole attempt'),
  DELIVERY_RETRY_DELAYS: delays.default([60, 300, 1500, 7500]).describe('seconds between the attempts'),
  DELIVERY_LEASE_SECONDS: number(
    'must be a number of seconds above 0',
    (value) => value > 0 && Number.isFinite(value),
  )
    .default(60)
    .describe('after which another process rescues the deliveries of a dead one'),
  DELIVERY_ALLOW_PRIVATE_NETWORKS: flag.optional().meta({
    description: '`false`: only public addresses, only https',
    default: '`true`; `false` in production',
  }),
  METRICS_TOKEN: secret.optional().describe('bearer token of `/metrics`; without it production shows none'),
  DYNO: text.optional().meta({ description: 'the name that Heroku gives a process', default: '`pid-…`' }),
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent')
    .default('info')
    .describe('the least severe level that is logged'),
});

export type Environment = z.infer<typeof environmentSchema>;

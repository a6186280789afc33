import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { DATABASE_ENGINES } from '#src/infra/database/engine.ts';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { Secret } from '#src/infra/lib/secret.ts';

const manifestSchema = z.object({
  id: z.string(),
  api: z.object({ password: z.string(), sso_salt: z.string(), config_vars_prefix: z.string() }),
});

const root = new URL('../', import.meta.url);
const manifest = manifestSchema.parse(readJson('addon-manifest.json'));
const packageJson = z.object({ version: z.string() }).parse(readJson('package.json'));

const DEVELOPMENT_SECRET = 'development-only-secret-never-use-it-in-production';

const DEVELOPMENT_VALUE = 'a development value';
const MANIFEST_VALUE = 'that of `addon-manifest.json`';

/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78;
/** A process listens on one and needs two for each of its pools. */
const MIN_CONNECTIONS = 5;
/** More than Heroku sets by itself for the largest dyno, which has 126 GB: a process for each 512 MB. */
const MAX_PROCESSES = 256;
/** Shortest time from the deadline of an attempt to the end of its lease, in which the outcome is written. */
const LEASE_MARGIN_MS = 500;

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
 * writes the list into README.md. No other file of `src` reads the environment.
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

type Environment = z.infer<typeof environmentSchema>;

/** The environment is invalid; `problems` holds one sentence for each mistake. */
export class ConfigError extends CannotStart {
  readonly problems: string[];

  constructor(problems: string[]) {
    const list = problems.map((problem) => `  - ${problem}`).join('\n');
    super(`The environment is not usable:\n${list}`, { exitCode: EXIT_CONFIG });
    this.problems = problems;
  }
}

export type Config = ReturnType<typeof buildConfig>;

/** Reads the configuration from `env`. Throws {@link ConfigError} with all problems at once. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  const invalid = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const problems = [...invalid, ...crossChecks(given)];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return buildConfig(parsed.data);
}

/**
 * Problems between variables. They are found in the raw values, so that they are reported together with invalid ones.
 */
function crossChecks(env: NodeJS.ProcessEnv): string[] {
  const problems: string[] = [];
  const leaseSeconds = Number(env['DELIVERY_LEASE_SECONDS'] ?? 60);
  const timeoutMs = Number(env['DELIVERY_TIMEOUT_MS'] ?? 15_000);
  if (leaseSeconds * 1000 < timeoutMs + LEASE_MARGIN_MS) {
    problems.push(
      'DELIVERY_LEASE_SECONDS: must be at least half a second longer than DELIVERY_TIMEOUT_MS, or deliveries are repeated',
    );
  }
  const baseUrl = env['BASE_URL'] === undefined ? null : URL.parse(env['BASE_URL']);
  if (baseUrl !== null && (baseUrl.username !== '' || baseUrl.search !== '' || baseUrl.hash !== '')) {
    problems.push(
      'BASE_URL: must be an origin like https://hooks.example.com, without user, query or fragment',
    );
  }
  if (env['DATABASE_ENGINE'] === 'citus' && env['DATABASE_URL'] === undefined) {
    problems.push('DATABASE_ENGINE: citus needs a DATABASE_URL, because the embedded database has no Citus');
  }
  if (env['NODE_ENV'] !== 'production') return problems;

  if (env['DATABASE_URL'] === undefined) problems.push('DATABASE_URL: needed in production');
  const secrets: [string, string[]][] = [
    ['APP_SECRET', [DEVELOPMENT_SECRET]],
    ['ENCRYPTION_KEY', [DEVELOPMENT_SECRET]],
    ['HEROKU_ADDON_PASSWORD', [manifest.api.password]],
    ['HEROKU_SSO_SALT', [manifest.api.sso_salt]],
  ];
  for (const [name, refused] of secrets) {
    const values = (env[name] ?? '').split(',').map((value) => value.trim());
    if (values.every((value) => value === '')) {
      problems.push(`${name}: needed in production`);
    } else if (values.some((value) => refused.includes(value))) {
      problems.push(`${name}: is the development value; production needs one of its own`);
    }
  }
  return problems;
}

function buildConfig(env: Environment) {
  const isProduction = env.NODE_ENV === 'production';
  const development = new Secret(DEVELOPMENT_SECRET);
  return Object.freeze({
    version: packageJson.version,
    isProduction,
    http: {
      port: env.PORT,
      host: env.HOST,
      /** Whether BASE_URL is known; only then are URLs below it trusted as our own. */
      isBaseUrlKnown: env.BASE_URL !== undefined || !isProduction,
      baseUrl: (env.BASE_URL ?? `http://localhost:${String(env.PORT)}`).replace(/\/+$/, ''),
    },
    database: { url: env.DATABASE_URL, engine: env.DATABASE_ENGINE, poolMax: env.DATABASE_POOL_MAX },
    dataDir: env.DATA_DIR,
    processes: processesOf(env),
    secrets: {
      app: env.APP_SECRET ?? development,
      encryption: env.ENCRYPTION_KEY ?? development,
      encryptionPrevious: env.ENCRYPTION_KEY_PREVIOUS,
    },
    heroku: {
      manifestId: manifest.id,
      configVar: `${manifest.api.config_vars_prefix}_API_KEY`,
      passwords: env.HEROKU_ADDON_PASSWORD ?? [new Secret(manifest.api.password)],
      ssoSalts: env.HEROKU_SSO_SALT ?? [new Secret(manifest.api.sso_salt)],
      acceptsLegacyTokens: env.HEROKU_SSO_LEGACY_TOKENS ?? !isProduction,
      /** When undefined, no grant is exchanged, and features that need the Platform API are unavailable. */
      clientSecret: env.HEROKU_CLIENT_SECRET,
      apiUrl: env.HEROKU_API_URL.replace(/\/+$/, ''),
      idUrl: env.HEROKU_ID_URL.replace(/\/+$/, ''),
    },
    mail: {
      smtpUrl: env.SMTP_URL,
      from: env.MAIL_FROM ?? 'HostedHooks <support@hostedhooks.com>',
      operator: env.OPERATOR_EMAIL,
    },
    delivery: {
      timeoutMs: env.DELIVERY_TIMEOUT_MS,
      retryDelaysSeconds: env.DELIVERY_RETRY_DELAYS,
      leaseSeconds: env.DELIVERY_LEASE_SECONDS,
      allowsPrivateNetworks: env.DELIVERY_ALLOW_PRIVATE_NETWORKS ?? !isProduction,
    },
    metricsToken: env.METRICS_TOKEN,
    /** The name of this process in metrics; on Heroku the same after a restart. */
    processName: env.DYNO ?? `pid-${String(process.pid)}`,
    logLevel: env.LOG_LEVEL,
  });
}

/** How many processes run side by side, and the variables that make a process one of them. */
function processesOf({ DATABASE_POOL_MAX, DYNO, WEB_CONCURRENCY: count }: Environment) {
  const connections = Math.max(MIN_CONNECTIONS, Math.floor(DATABASE_POOL_MAX / count));
  return {
    count,
    /** Of one of them; `number` is 1 for the first. Its name is the same after a restart, if the dyno has one. */
    envOf: (number: number) => ({
      WEB_CONCURRENCY: '1',
      DATABASE_POOL_MAX: String(connections),
      ...(DYNO === undefined ? {} : { DYNO: `${DYNO}/${String(number)}` }),
    }),
  };
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, root), 'utf8'));
}

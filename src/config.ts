import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Environment, environmentSchema, MIN_CONNECTIONS } from '#src/environment.ts';
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

/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78;
/** Shortest time from the deadline of an attempt to the end of its lease, in which the outcome is written. */
const LEASE_MARGIN_MS = 500;

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

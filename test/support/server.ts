import { randomUUID } from 'node:crypto';
import { loadConfig } from '#src/config.ts';
import type { Container } from '#src/container.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { type ServerOptions, startServer } from '#src/boot/server.ts';
import type { ApiDescription } from './api-description.ts';
import { watchConformance } from './conformance.ts';
import { createTestDatabase, TEST_ENGINE } from './database.ts';
import { noteStatements } from './sent-statements.ts';
import { freePort } from '#src/dev/free-port.ts';

export interface TestServer extends AsyncDisposable {
  url: string;
  databaseUrl: string;
  /** What the API publishes about itself; every answer is held against it. */
  description: ApiDescription;
  container: Container;
  /** Throws when an answer of the API since the last call was not as its description says. */
  assertConformance(): void;
  /** A new account with a key of its own, as a provision makes it. */
  createAccount(): Promise<{ accountId: string; apiKey: string; resourceId: string }>;
}

interface TestServerOptions extends Partial<ServerOptions> {
  /** Environment on top of a test's own; see the contract. */
  env?: Record<string, string>;
  /** Another server's database, to run several processes on it. */
  databaseUrl?: string;
  clock?: Clock;
}

/** The whole product in this process, on a port and a database of its own. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = options.databaseUrl === undefined ? await createTestDatabase() : undefined;
  const databaseUrl = options.databaseUrl ?? database?.url ?? '';
  const config = loadConfig({
    NODE_ENV: 'test',
    PORT: String(await freePort()),
    LOG_LEVEL: 'fatal',
    DATABASE_URL: databaseUrl,
    DATABASE_ENGINE: TEST_ENGINE,
    ...options.env,
  });
  const { clock } = options;
  noteStatements();
  const server = await startServer(config, { runs: options.runs ?? 'both', ...(clock ? { clock } : {}) });
  const conformance = watchConformance(server.container);
  return {
    url: config.http.baseUrl,
    description: conformance.description,
    databaseUrl,
    container: server.container,
    assertConformance: conformance.assert,
    async createAccount() {
      const resourceId = randomUUID();
      await server.container.provisioning.provision({
        uuid: resourceId,
        name: 'hosted-hooks-test-1',
        plan: 'scale',
        region: null,
        options: null,
      });
      const apiKey = server.container.apiKeys.keyForResource(resourceId);
      const caller = await server.container.apiKeys.authenticate(apiKey);
      if (caller === null) throw new Error('The new key does not work');
      return { accountId: caller.accountId, apiKey, resourceId };
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await database?.[Symbol.asyncDispose]();
      conformance.end();
      conformance.assert();
    },
  };
}

import { randomUUID } from 'node:crypto';
import { type FakeHeroku, type FakeHerokuOptions, startFakeHeroku } from '#src/dev/fake-heroku/index.ts';
import { eventually } from './eventually.ts';
import { callPartner, provisionBody } from './partner-calls.ts';
import { startTestServer, type TestServer } from './server.ts';

export interface HerokuAndServer extends AsyncDisposable {
  heroku: FakeHeroku;
  server: TestServer;
  /** Provisions as Heroku does, by default with a grant of the fake's. */
  provision(changes?: object): Promise<Provisioned>;
  /** The same, and waits until we were authorized and have read everything. */
  install(): Promise<Provisioned>;
  authorization(uuid: string): Promise<Authorization | null>;
}

export interface Provisioned {
  uuid: string;
  accountId: string;
  apiKey: string;
}

export interface Authorization {
  state: string;
  problem: string | null;
  hasGrant: boolean;
  version: number;
}

interface Options {
  heroku?: Partial<FakeHerokuOptions>;
  server?: Parameters<typeof startTestServer>[0];
}

export const CLIENT_SECRET = 'client-secret-of-the-test';

/** The product, and the Heroku that it talks to. */
export async function startWithHeroku(options: Options = {}): Promise<HerokuAndServer> {
  const heroku = await startFakeHeroku({ clientSecret: CLIENT_SECRET, ...options.heroku });
  const env = { ...heroku.env, ...options.server?.env };
  const server = await startTestServer({ ...options.server, env });
  const { pool } = server.container;

  const provision = async (changes: object = {}) => {
    const uuid = randomUUID();
    const grant = await heroku.platform.createGrant(uuid);
    const body = provisionBody({ uuid, oauth_grant: grant, ...changes });
    const answer = await callPartner(server, 'POST ', { body });
    if (answer.status !== 200) throw new Error(`The provision was answered ${String(answer.status)}`);
    const { rows } = await pool.query<{ id: string }>(
      'select account_id as id from heroku_resources where id = $1',
      [uuid],
    );
    return { uuid, accountId: rows[0]!.id, apiKey: answer.body!.config!['HOSTEDHOOKS_API_KEY']! };
  };
  return {
    heroku,
    server,
    provision,
    async install() {
      const provisioned = await provision();
      await eventually('synced', async () => {
        const { rowCount } = await pool.query(
          'select from heroku_resources where id = $1 and synced_at is not null and not is_sync_queued',
          [provisioned.uuid],
        );
        return rowCount === 1;
      });
      return provisioned;
    },
    async authorization(uuid) {
      const { rows } = await pool.query<Authorization>(
        `select state, problem, grant_encrypted is not null as "hasGrant", version
         from heroku_authorizations where resource_id = $1`,
        [uuid],
      );
      return rows[0] ?? null;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await heroku.stop();
    },
  };
}

/** How often the fake was asked for it. */
export function countOf({ requests }: FakeHeroku, method: string, path: string | RegExp): number {
  return requests.filter(
    (request) =>
      request.method === method &&
      (typeof path === 'string' ? request.path === path : path.test(request.path)),
  ).length;
}

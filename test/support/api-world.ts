import { randomUUID } from 'node:crypto';
import type { HttpMethod, OpenApiOperation } from '#src/infra/lib/openapi.ts';
import { type Api, apiOfNewAccount, makeApp, type Thing } from './api.ts';
import type { Counted } from '#src/domain/plans/counted-limits.ts';
import { SCOPES } from '#src/domain/api-keys/api-key.ts';
import { EXPORT_TYPES } from '#src/domain/exports/export-options.ts';
import { addMember } from './mails.ts';
import { eventually } from './eventually.ts';
import { emptyBucket, putOnPlan, useMessagesBut, useUpRoom } from './quotas.ts';
import type { Receiver } from './receiver.ts';
import { NEW_ENDPOINT } from './new-endpoint.ts';
import { useUpReplays } from './replay-provocations.ts';
import type { TestServer } from './server.ts';

/** An account with one of everything, whose calls are answered as they come. */
export interface ApiWorld {
  /** By the names that addresses give their parts. */
  ids: Record<string, string>;
  call: (method: HttpMethod, path: string, init: RequestInit) => Promise<Response>;
  make: (path: string, body: object) => Promise<Thing>;
  patch: (path: string, body: object) => Promise<Thing>;
  /** A key that may do all but this. */
  keyWithout: (scope: string) => Promise<string>;
  /** As if requests with an Idempotency-Key were executed still. By SQL, because no request lasts at will. */
  forgetFirstAnswers: () => Promise<void>;
  /** What the description shows as a request. */
  example: (operation: OpenApiOperation) => unknown;
  turnEndpointOff: () => Promise<void>;
  /** An issue of an endpoint of its own, which is off. */
  makeIssue: () => Promise<{ issue: string; turnOn: () => Promise<Thing> }>;
  receiver: Receiver;
  useUpMessages: () => Promise<void>;
  useUpRate: () => Promise<void>;
  /** Begins as many replays by filter as an account may have. */
  useUpReplays: () => Promise<void>;
  useUpTestRate: () => Promise<void>;
  useUpInvitations: () => Promise<void>;
  /** Lets in {@link MEMBER}. */
  addMember: () => Promise<unknown>;
  /** Lets in as many people as the plan allows. */
  fillTeam: () => Promise<void>;
  /** Gives the account all of it that its plan allows. */
  useUpRoom: (of: Counted) => Promise<void>;
  /** While an export is under way. */
  whileExporting: <T>(act: () => Promise<T>) => Promise<T>;
  /** While an import is under way. */
  whileImporting: <T>(act: () => Promise<T>) => Promise<T>;
  /** As if the account were no add-on. By SQL, because the end of an add-on ends its keys, too. */
  forgetResource: () => Promise<void>;
}

interface Making {
  server: TestServer;
  receiver: Receiver;
  api: Api;
  ids: Record<string, string>;
  /** The path of the endpoint. */
  of: string;
}

/** What else an address names, made one after the other; each answers its id. */
const FURTHER: Record<string, (making: Making) => Promise<string>> = {
  helper: async ({ api }) => (await api.post('/hook_helpers', {})).body.id,
  replay: async ({ api, of }) => (await api.post(`${of}/replay`, {})).body.id,
  message: ({ api, of }) => postMessage(api, of),
  attempt: async ({ api, ids, of }) => {
    ids['message'] ??= await postMessage(api, of);
    let attempt: Thing | undefined;
    await eventually('an attempt in the log', async () => {
      ({ first: attempt } = await api.get(`/apps/${ids['app'] ?? ''}/webhook_attempts`));
      return (attempt as Thing | undefined) !== undefined;
    });
    return attempt?.id ?? '';
  },
  invitation: async ({ api, ids }) => {
    // Of no other world, because an address takes few invitations from all accounts together.
    const email = `${randomUUID()}@example.com`;
    return (await api.post(`/subscriptions/${ids['subscription'] ?? ''}/invitations`, { email })).body.id;
  },
  request: async ({ server, api }) => {
    // The log writes once a second, and now.
    await server.container.requestRecorder.stop();
    return (await api.get('/account/requests')).first.id;
  },
  transformation: async ({ api, ids }) => {
    const code = 'addHandler("transform", (request) => request)';
    const path = `/apps/${ids['app'] ?? ''}/transformations`;
    return (await api.post(path, { name: 'Flatten', code })).body.id;
  },
  app_replay: async ({ api, ids }) => (await api.post(`/apps/${ids['app'] ?? ''}/replays`, {})).body.id,
  webhook_endpoint: makeOwn,
  webhook_replay: async (making) => {
    const { api, ids } = making;
    ids['webhook_endpoint'] ??= await makeOwn(making);
    return (await api.post(`/account/webhook_endpoints/${ids['webhook_endpoint']}/replay`, {})).body.id;
  },
  key: async ({ api }) => (await api.get('/account/api_keys')).first.id,
  member: ({ server, api }) => addMember(server, api.accountId, MEMBER),
};

async function makeOwn({ api, receiver }: Making): Promise<string> {
  return (await api.post('/account/webhook_endpoints', { url: receiver.url })).body.id;
}

/** Made by the calls that name them. */
const BY_RECIPES = new Set(['issue', 'evidence_link']);

async function postMessage(api: Api, of: string): Promise<string> {
  const message = { event_type: 'user.created', version: '1.0', data: {} };
  return (await api.post(`${of}/messages`, message)).body.id;
}

/** Somebody of the account, of whom an API key may say what role they have. */
export const MEMBER = { email: 'kim@acme.example', role: 'member' };

/** `needed`: by the names that addresses give their parts, those beyond app, event, subscription and endpoint. */
export async function makeWorld(
  server: TestServer,
  receiver: Receiver,
  needed: readonly string[] = Object.keys(FURTHER),
): Promise<ApiWorld> {
  const api = await apiOfNewAccount(server);
  const { app, event, subscription, endpoint } = await makeApp(api, { url: receiver.url });
  await api.patch(`/subscriptions/${subscription.id}`, { uid: 'customer' });
  const of = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
  const ids: Record<string, string> = {
    app: app.id,
    event: event.id,
    subscription: subscription.id,
    endpoint: endpoint.id,
    uid: 'customer',
  };
  for (const name of needed) {
    if (name in ids || BY_RECIPES.has(name)) continue;
    const make = FURTHER[name];
    if (make === undefined) throw new Error(`Nobody knows how to make the part {${name}} of an address`);
    ids[name] = await make({ server, receiver, api, ids, of });
  }
  const makeKeyWithout = async (scope: string) => {
    const scopes = SCOPES.filter((other) => other !== scope);
    return String((await api.post('/account/api_keys', { name: 'Other', scopes })).body['api_key']);
  };
  const keys = new Map<string, Promise<string>>();
  return {
    ids,
    call: (method, path, { headers, ...init }) =>
      fetch(`${server.url}/api/v1${path}`, {
        ...init,
        method: method.toUpperCase(),
        headers: { authorization: `Bearer ${api.apiKey}`, ...(headers as Record<string, string>) },
      }),
    make: async (path, body) => (await api.post(path, body)).body,
    patch: async (path, body) => (await api.patch(path, body)).body,
    keyWithout: (scope) => {
      const key = keys.get(scope) ?? makeKeyWithout(scope);
      keys.set(scope, key);
      return key;
    },
    forgetFirstAnswers: async () => {
      const { accountId } = api;
      await server.container.pool.query('update idempotency_keys set answer = null where account_id = $1', [
        accountId,
      ]);
    },
    example: ({ requestBody }) => Object.values(requestBody?.content ?? {})[0]?.example,
    turnEndpointOff: async () => {
      await api.patch(of, { status: 'inactive' });
    },
    makeIssue: async () => {
      const endpoints = `/subscriptions/${subscription.id}/endpoints`;
      const { body: failing } = await api.post(endpoints, { ...NEW_ENDPOINT, retry_delays: [] });
      await api.post(`${endpoints}/${failing.id}/messages`, {
        event_type: 'user.created',
        version: '1.0',
        data: {},
      });
      let issue: Thing | undefined;
      await eventually('an issue', async () => {
        ({ first: issue } = await api.get(`/apps/${app.id}/issues`));
        return (issue as Thing | undefined) !== undefined;
      });
      const turnOn = async () => (await api.patch(`${endpoints}/${failing.id}`, { status: 'active' })).body;
      return { issue: issue?.id ?? '', turnOn };
    },
    receiver,
    useUpMessages: async () => {
      await useMessagesBut(server, api.accountId, 0);
      server.container.quota.invalidate(api.accountId);
    },
    useUpRate: async () => {
      await putOnPlan(server, api.accountId, 'hobby');
      server.container.quota.invalidate(api.accountId);
      await emptyBucket(server, 'publish_rates', api.accountId);
    },
    useUpReplays: () => useUpReplays(server, api.accountId, app.id),
    useUpTestRate: () => emptyBucket(server, 'test_rates', api.accountId),
    whileExporting: async (act) => {
      const { exports } = server.container;
      const { lines, end } = exports.start(api.accountId, { include: EXPORT_TYPES, withSecrets: false });
      await lines.next();
      const acted = await act();
      end();
      return acted;
    },
    whileImporting: async (act) => {
      const { promise: goOn, resolve } = Promise.withResolvers<undefined>();
      const { imports } = server.container;
      const begun = Promise.withResolvers<undefined>();
      const running = imports.run(
        api.accountId,
        (async function* () {
          begun.resolve(undefined);
          yield Buffer.from('{"type":"header","format":"hostedhooks-export","version":1}\n');
          await goOn;
        })(),
      );
      await begun.promise;
      const acted = await act();
      resolve(undefined);
      await running;
      return acted;
    },
    useUpInvitations: async () => {
      const { signInRates } = server.container;
      for (let mailed = 0; mailed < 100; mailed += 1) {
        await signInRates.takeInvitation(api.accountId, `${String(mailed)}@example.com`);
      }
    },
    addMember: () => addMember(server, api.accountId, MEMBER),
    fillTeam: async () => {
      await putOnPlan(server, api.accountId, 'hobby');
      for (let joined = 0; joined < 5; joined += 1) await addMember(server, api.accountId);
    },
    useUpRoom: (of) => useUpRoom(server, api.accountId, of),
    forgetResource: async () => {
      const { accountId } = api;
      await server.container.pool.query('delete from heroku_resources where account_id = $1', [accountId]);
    },
  };
}

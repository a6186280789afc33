import { DEMO_APP_UID } from '#src/domain/apps/demo-app.ts';
import type { ApiClient } from './api-client.ts';

interface HookHelper {
  id: string;
  label: string;
  url: string;
}

export const EVENT_TYPE = 'user.created';
export const SAMPLE = { id: 'user_1', email: 'ada@example.com', name: 'Ada Lovelace' };

const ENDPOINT = 'demo-endpoint';
const SUBSCRIBER = 'demo-subscriber';
const LABEL = 'Demo';

/**
 * Creates what a first webhook needs, through the API: an app, a webhook event, a subscriber with an endpoint, and a
 * Hook Helper as its receiver. What exists is left as it is. Returns the Hook Helper.
 */
export async function createDemoData(api: ApiClient): Promise<HookHelper> {
  if ((await findByUid(api, '/apps', DEMO_APP_UID)) === null) {
    await api.send('POST', '/apps', { uid: DEMO_APP_UID, name: 'Demo' });
  }
  await createEvent(api);
  const helper = await createHookHelper(api);
  await createEndpoint(api, helper);
  return helper;
}

const A_PAGE = 100;

/** In the list, because asking for what is not there would be a refused call in the request log of a new account. */
async function findByUid<T extends { uid: string | null }>(
  api: ApiClient,
  path: string,
  uid: string,
): Promise<T | null> {
  const rows = (await api.find<T[]>(`${path}?per_page=${String(A_PAGE)}`)) ?? [];
  const found = rows.find((row) => row.uid === uid);
  return found ?? (rows.length < A_PAGE ? null : api.find(`${path}/${uid}`));
}

async function createEvent(api: ApiClient): Promise<void> {
  const events = await api.find<{ event_type: string }[]>(
    `/apps/${DEMO_APP_UID}/webhook_events?per_page=100`,
  );
  if (events?.some(({ event_type: type }) => type === EVENT_TYPE) === true) return;
  await api.send('POST', `/apps/${DEMO_APP_UID}/webhook_events`, {
    event_type: EVENT_TYPE,
    description: 'A person signed up.',
    sample_payload: SAMPLE,
  });
}

async function createHookHelper(api: ApiClient): Promise<HookHelper> {
  const helpers = await api.find<HookHelper[]>('/hook_helpers?per_page=100');
  const demo = helpers?.find(({ label }) => label === LABEL);
  return demo ?? (await api.send('POST', '/hook_helpers', { label: LABEL }));
}

async function createEndpoint(api: ApiClient, { id, url }: HookHelper): Promise<void> {
  const existing = await findByUid<{ uid: string | null; url: string }>(
    api,
    `/apps/${DEMO_APP_UID}/endpoints`,
    ENDPOINT,
  );
  // The Hook Helper's URL contains our origin, which changes with the port. Any other URL is the user's own.
  if (existing?.url === url || (existing !== null && !/\/r\/[^/]+$/.test(existing.url))) return;
  const endpoint = await api.send<{ id: string }>('PUT', `/apps/${DEMO_APP_UID}/endpoints/${ENDPOINT}`, {
    url,
    ...(existing === null && {
      version: '1.0',
      description: 'Sends to the Hook Helper "Demo".',
      enabled_events: '*',
      subscription: { uid: SUBSCRIBER, name: 'Demo subscriber' },
    }),
  });
  await api.send('PATCH', `/hook_helpers/${id}`, { endpoint_id: endpoint.id });
}

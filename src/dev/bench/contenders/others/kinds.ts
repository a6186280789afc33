import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { EVENT_TYPE } from '#src/dev/bench/wire/load-connection.ts';
import type { SenderKind } from './sender.ts';

const withId = z.object({ id: z.string() });
const withUid = z.object({ data: z.object({ uid: z.string() }) });

/** `hostedhooks+http://KEY@HOST`: a key with all rights. Its REST API is described at /docs/api. */
const hostedhooks: SenderKind =
  ({ origin, key, call }) =>
  async (endpoints) => {
    const app = withId.parse(await call('POST', '/api/v1/apps', { name: 'Benchmark' }));
    const path = `/api/v1/apps/${app.id}`;
    await call('POST', `${path}/webhook_events`, { event_type: EVENT_TYPE });
    const subscription = withId.parse(await call('POST', `${path}/subscriptions`, { name: 'Benchmark' }));
    for (const url of endpoints) {
      await call('POST', `/api/v1/subscriptions/${subscription.id}/endpoints`, { url, version: '1.0' });
    }
    return { url: `${origin}${path}/messages`, apiKey: key };
  };

/** `svix+http://TOKEN@HOST`, https://api.svix.com/docs. It must be allowed to send to the receiver's network. */
const svix: SenderKind =
  ({ origin, key, call }) =>
  async (endpoints) => {
    const app = withId.parse(await call('POST', '/api/v1/app', { name: 'Benchmark' }));
    const path = `/api/v1/app/${app.id}`;
    for (const url of endpoints) await call('POST', `${path}/endpoint`, { url });
    const envelope = { fields: { eventType: EVENT_TYPE }, dataField: 'payload' };
    return { url: `${origin}${path}/msg`, apiKey: key, envelope };
  };

/** `outpost+http://KEY@HOST`, https://hookdeck.com/docs/outpost. Its topics must include ours. */
const outpost: SenderKind =
  ({ origin, key, call }) =>
  async (endpoints) => {
    const tenant = randomUUID();
    await call('PUT', `/api/v1/tenants/${tenant}`);
    for (const url of endpoints) {
      const destination = { type: 'webhook', topics: [EVENT_TYPE], config: { url } };
      await call('POST', `/api/v1/tenants/${tenant}/destinations`, destination);
    }
    const envelope = { fields: { tenant_id: tenant, topic: EVENT_TYPE }, dataField: 'data' };
    return { url: `${origin}/api/v1/publish`, apiKey: key, envelope };
  };

/** `convoy+http://PROJECT:KEY@HOST`, https://getconvoy.io/docs/api-reference. */
const convoy: SenderKind =
  ({ origin, user, key, call }) =>
  async (endpoints) => {
    const owner = randomUUID();
    const path = `/api/v1/projects/${user}`;
    for (const [index, url] of endpoints.entries()) {
      const name = `benchmark-${owner}-${String(index)}`;
      const endpoint = withUid.parse(await call('POST', `${path}/endpoints`, { name, url, owner_id: owner }));
      const filter = { event_types: ['*'] };
      await call('POST', `${path}/subscriptions`, {
        name,
        endpoint_id: endpoint.data.uid,
        filter_config: filter,
      });
    }
    const envelope = { fields: { owner_id: owner, event_type: EVENT_TYPE }, dataField: 'data' };
    return { url: `${origin}${path}/events/fanout`, apiKey: key, envelope };
  };

/** The kinds of senders by the name before `+` in their URLs. */
export const KINDS: Record<string, SenderKind> = { hostedhooks, svix, outpost, convoy };

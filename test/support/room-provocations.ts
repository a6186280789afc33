import { randomUUID } from 'node:crypto';
import type { Counted } from '#src/domain/plans/counted-limits.ts';
import type { ApiWorld } from './api-world.ts';
import { NEW_ENDPOINT } from './new-endpoint.ts';

export interface Sent {
  /** In place of what the address names in the world. */
  parts?: Record<string, string>;
  body?: unknown;
  query?: string;
  headers?: Record<string, string>;
}

interface Caller {
  world: ApiWorld;
  /** Calls the operation. */
  send: (sent?: Sent) => Promise<Response>;
}

export type Recipe = (caller: Caller) => Promise<Response>;

const withoutRoom =
  (of: Counted, sent?: Sent): Recipe =>
  async ({ world, send }) => {
    await world.useUpRoom(of);
    return send(sent);
  };

/** How to make the API refuse what the plan has no room for, by operation. */
export const WITHOUT_ROOM: Record<string, Recipe> = {
  'createApp 402': withoutRoom('apps'),
  'putApp 402': withoutRoom('apps', { parts: { app: 'one-more' } }),
  'createWebhookEvent 402': withoutRoom('eventTypes', { body: { event_type: 'one.more' } }),
  'updateWebhookEvent 402': withoutRoom('schemaKilobytes', {
    body: { schema: { title: 'x'.repeat(50_000) } },
  }),
  'createSubscription 402': withoutRoom('subscriptions'),
  'putSubscription 402': withoutRoom('subscriptions', {
    parts: { subscription: 'one-more' },
  }),
  'createHookHelper 402': withoutRoom('hookHelpers'),
  'createEndpoint 402': withoutRoom('endpoints', { body: NEW_ENDPOINT }),
  'putEndpoint 402': withoutRoom('endpoints', {
    parts: { endpoint: 'new' },
    body: { ...NEW_ENDPOINT, subscription: { uid: 'customer' } },
  }),
  'importAccount 402': async ({ world, send }) => {
    await world.useUpRoom('endpoints');
    const made = { created_at: '2026-01-31T12:00:00.000Z', name: 'Imported' };
    const id = randomUUID();
    const lines = [
      { type: 'header', format: 'hostedhooks-export', version: 1 },
      { type: 'app', id, ...made },
      { type: 'subscription', id, ...made },
      {
        type: 'endpoint',
        id,
        url: '',
        version: '1',
        status: 'active',
        enabled_events: '*',
        subscription: { id },
        created_at: made.created_at,
      },
    ];
    return send({ body: lines.map((line) => JSON.stringify(line)).join('\n') });
  },
};

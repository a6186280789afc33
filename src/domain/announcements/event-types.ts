import type { z } from 'zod';
import {
  type AttemptData,
  attemptShape,
  type EndpointData,
  endpointShape,
  type IssueData,
  issueShape,
  type SubscriberData,
  subscriberShape,
  type UsageData,
  usageShape,
} from './shapes.ts';

/** What an account may hear of, with the data of each. */
export interface Announced {
  'subscriber.created': SubscriberData;
  'subscriber.updated': SubscriberData;
  'subscriber.deleted': SubscriberData;
  'endpoint.created': EndpointData;
  'endpoint.updated': EndpointData;
  'endpoint.deleted': EndpointData;
  'endpoint.warned': EndpointData;
  'endpoint.disabled': EndpointData;
  'endpoint.enabled': EndpointData;
  'issue.opened': IssueData;
  'issue.resolved': IssueData;
  'message.attempt.exhausted': AttemptData;
  'message.attempt.recovered': AttemptData;
  'usage.threshold': UsageData;
}

export type AnnouncedType = keyof Announced;

interface EventType<T> {
  description: string;
  shape: z.ZodType<T>;
  sample: T;
}

const ID = '0197a3c2-5b1e-7c6a-9f43-2d1a8b7c6e5f';
const app = { id: ID, uid: 'shop', name: 'Acme Shop' };
const subscriber = { id: ID, uid: 'customer-42', name: 'Globex' };
const endpoint: EndpointData['endpoint'] = {
  id: ID,
  uid: null,
  url: 'https://globex.example/webhooks',
  version: '1.0',
  status: 'active',
  inactive_reason: null,
};
const off = { ...endpoint, status: 'inactive', inactive_reason: 'attempts_exhausted' } as const;

const ofSubscriber = (description: string): EventType<SubscriberData> => ({
  description,
  shape: subscriberShape,
  sample: {
    subscriber: { ...subscriber, email: 'dev@globex.example', created_at: '2026-01-31T12:00:00.000Z' },
    app,
  },
});

const ofEndpoint = (
  description: string,
  sample: Pick<EndpointData, 'actor'> & Partial<EndpointData>,
): EventType<EndpointData> => ({
  description,
  shape: endpointShape,
  sample: { endpoint, subscriber, app, ...sample },
});

const ofAttempt = (
  description: string,
  sample: Pick<AttemptData, 'endpoint'> & { attempt: Partial<AttemptData['last_attempt']> },
): EventType<AttemptData> => ({
  description,
  shape: attemptShape,
  sample: {
    message: { id: ID, event_type: 'order.created', event_id: 'order-42' },
    endpoint: sample.endpoint,
    subscriber,
    app,
    last_attempt: {
      id: ID,
      attempt_number: 5,
      status_code: 500,
      error_message: '',
      attempted_at: '2026-01-31T12:00:00.000Z',
      ...sample.attempt,
    },
  },
});

const ofIssue = (description: string, changes: Partial<IssueData['issue']>): EventType<IssueData> => ({
  description,
  shape: issueShape,
  sample: {
    issue: {
      id: ID,
      endpoint_id: ID,
      subscription_id: ID,
      cause: 'server_error',
      status_code: 500,
      advice:
        'Its server fails. Send your subscriber a failed attempt, which shows what the server answered.',
      status: 'open',
      count: 1,
      opened_at: '2026-01-31T12:00:00.000Z',
      first_seen_at: '2026-01-31T12:00:00.000Z',
      last_seen_at: '2026-01-31T12:00:00.000Z',
      resolved_at: null,
      resolved_by: null,
      last_attempt_id: ID,
      last_error: 'globex.example answered 500.',
      ...changes,
    },
    app,
  },
});

const person = { type: 'person', email: 'ada@acme.example' } as const;
const system = { type: 'system' } as const;

export const EVENT_TYPES: { [T in AnnouncedType]: EventType<Announced[T]> } = {
  'subscriber.created': ofSubscriber('A subscriber was added, by whichever way: the API, a page, an import.'),
  'subscriber.updated': ofSubscriber('The name, the uid or the address of a subscriber changed.'),
  'subscriber.deleted': ofSubscriber(
    'A subscriber was deleted, and its endpoints with it. With an app, its subscribers end without a word each.',
  ),
  'endpoint.created': ofEndpoint('An endpoint was added, by whichever way.', { actor: person }),
  'endpoint.updated': ofEndpoint('An endpoint changed: its URL, version, description or events.', {
    actor: person,
  }),
  'endpoint.deleted': ofEndpoint('An endpoint was deleted by itself.', { actor: person }),
  'endpoint.warned': ofEndpoint('Deliveries to an endpoint began to fail; it is still tried.', {
    actor: system,
  }),
  'endpoint.disabled': ofEndpoint('An endpoint was turned off; `inactive_reason` says why, if we did.', {
    actor: system,
    endpoint: off,
  }),
  'endpoint.enabled': ofEndpoint('An endpoint was turned on again, or succeeded again.', { actor: system }),
  'issue.opened': ofIssue('Deliveries to an endpoint fail for a cause that was not open before.', {}),
  'issue.resolved': ofIssue('An issue ended: by a success, by a person, or with its endpoint.', {
    status: 'resolved',
    resolved_at: '2026-01-31T13:00:00.000Z',
    resolved_by: 'auto',
  }),
  'message.attempt.exhausted': ofAttempt(
    'The last attempt of a delivery failed. A replay can send it again.',
    {
      endpoint: off,
      attempt: {},
    },
  ),
  'message.attempt.recovered': ofAttempt(
    'A delivery that the endpoint had missed arrived by a replay or a probe.',
    {
      endpoint,
      attempt: { attempt_number: 1, status_code: 200 },
    },
  ),
  'usage.threshold': {
    description: '50, 80 or 100 per cent of the month’s messages are used.',
    shape: usageShape,
    sample: {
      plan: 'starter',
      limit: 250_000,
      used: 200_000,
      percent: 80,
      resets_at: '2026-02-01T00:00:00.000Z',
    },
  },
};

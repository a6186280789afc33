import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentAs } from '#src/domain/messages/sent-as.ts';
import type { AppSnapshot, RoutedEndpoint } from '#src/pipeline/routing/app-snapshot.ts';
import { route } from '#src/pipeline/routing/route.ts';

function endpoint(id: string, changes: Partial<RoutedEndpoint> = {}): RoutedEndpoint {
  return {
    id,
    subscriptionId: 'globex',
    url: 'https://receiver.example/',
    target: null,
    version: '1.0',
    status: 'active',
    inactiveReason: null,
    eventTypes: null,
    filter: null,
    channels: null,
    retrySchedule: null,
    requestRules: null,
    queue: null,
    isFailing: false,
    hasIssues: false,
    transformation: null,
    signingKeys: [],
    ...changes,
  };
}

function routed(endpoints: RoutedEndpoint[], target: { subscriptionId?: string; endpointId?: string } = {}) {
  const app: AppSnapshot = {
    accountId: 'account',
    id: 'app',
    revision: '1',
    successPolicy: 'any_2xx',
    retrySchedule: null,
    ...sentAs({ rules: {} }),
    eventTypes: new Set(['user.created']),
    unicastTypes: new Set(),
    enforced: new Set(),
    hasFilters: false,
    endpoints: new Map(endpoints.map((one) => [one.id, one])),
  };
  return route(app, {
    eventType: 'user.created',
    version: '1.0',
    target: { accountId: 'account', appId: 'app', subscriptionId: null, endpointId: null, ...target },
  });
}

test('an endpoint gets the versions and event types that it asked for', () => {
  const endpoints = [
    endpoint('all'),
    endpoint('named', { eventTypes: new Set(['user.created']) }),
    endpoint('other event', { eventTypes: new Set(['user.deleted']) }),
    endpoint('no event', { eventTypes: new Set() }),
    endpoint('other version', { version: '2.0' }),
  ];
  assert.deepEqual(routed(endpoints), { sent: ['all', 'named'], held: [], ignored: [] });
});

test('a message is kept for an endpoint that is off, whoever turned it off', () => {
  const endpoints = [
    endpoint('by hand', { status: 'inactive' }),
    endpoint('exhausted', { status: 'inactive', inactiveReason: 'attempts_exhausted' }),
    endpoint('gone', { status: 'inactive', inactiveReason: 'gone' }),
    endpoint('off, and not its event', {
      status: 'inactive',
      inactiveReason: 'gone',
      eventTypes: new Set(['user.deleted']),
    }),
  ];
  assert.deepEqual(routed(endpoints), { sent: [], held: ['by hand', 'exhausted', 'gone'], ignored: [] });
});

test('a message for one subscriber or one endpoint goes nowhere else', () => {
  const endpoints = [endpoint('a'), endpoint('b'), endpoint('c', { subscriptionId: 'initech' })];
  assert.deepEqual(routed(endpoints, { subscriptionId: 'globex' }).sent, ['a', 'b']);
  assert.deepEqual(routed(endpoints, { subscriptionId: 'globex', endpointId: 'b' }).sent, ['b']);
});

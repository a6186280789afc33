import type { Container } from '#src/container.ts';
import { created, noContent, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Call } from '#src/surfaces/api/call.ts';
import { createEndpointPages } from '#src/surfaces/api/endpoint-pages.ts';
import { listOf, nothing, operation } from '#src/surfaces/api/operation.ts';
import { readPage } from '#src/surfaces/api/page.ts';
import { endpointShape } from '#src/surfaces/api/presenters/endpoint.ts';
import { presentSecret, secretShape } from '#src/surfaces/api/presenters/secret.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { secretRotation } from '#src/surfaces/api/schemas/endpoint-secrets.ts';
import { newOwnEndpoint, ownEndpointChanges } from '#src/surfaces/api/schemas/endpoints.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';

type Parts = Pick<
  Container,
  'deliveryCounts' | 'endpoints' | 'endpointSecrets' | 'ownEndpoints' | 'webhookEvents'
>;

const PATH = '/account/webhook_endpoints';
const FULL = `The account has ${String(FIXED_LIMITS.ownEndpoints.max)} of these endpoints.`;

/** The endpoints at which an account hears of what happens in it. */
export function ownEndpointRoutes(routes: RouteTable, container: Parts): void {
  const { ownEndpoints } = container;
  const { presentOne, presentPage } = createEndpointPages(container);

  routes.at(PATH, {
    get: operation({
      id: 'listWebhookEndpoints',
      right: 'see',
      summary: 'List the endpoints that hear of your account',
      answers: { 200: listOf(endpointShape) },
      handle: async (call) =>
        presentPage(call, await readPage(call, (paging) => ownEndpoints.list(call.accountId, paging))),
    }),
    post: operation({
      id: 'createWebhookEndpoint',
      right: 'edit',
      summary: 'Have an endpoint hear of your account',
      description:
        'We send it what happens in your account: subscribers that come and go, endpoints that change or fail, deliveries that are given up or arrive after all, and how much of the plan is used. It is signed, retried and logged like any other.',
      body: json(newOwnEndpoint),
      answers: { 201: endpointShape },
      errors: { 409: FULL },
      handle: async (call, { body }) =>
        created(await presentOne(call, await ownEndpoints.create(call.accountId, body))),
    }),
  });

  oneEndpoint(routes, container);
  secrets(routes, container);
}

const find = ({ ownEndpoints }: Pick<Parts, 'ownEndpoints'>, call: Call) =>
  ownEndpoints.get(call.accountId, call.id('webhook_endpoint'));

function oneEndpoint(routes: RouteTable, container: Parts): void {
  const { endpoints } = container;
  const { presentOne } = createEndpointPages(container);

  routes.at(`${PATH}/:webhook_endpoint`, {
    get: operation({
      id: 'getWebhookEndpoint',
      right: 'see',
      summary: 'Get an endpoint that hears of your account',
      answers: { 200: endpointShape },
      handle: async (call) => ok(await presentOne(call, await find(container, call))),
    }),
    patch: operation({
      id: 'updateWebhookEndpoint',
      right: 'edit',
      summary: 'Change an endpoint that hears of your account',
      body: json(ownEndpointChanges),
      answers: { 200: endpointShape },
      handle: async (call, { body }) =>
        ok(await presentOne(call, await endpoints.update(await find(container, call), body))),
    }),
    delete: operation({
      id: 'deleteWebhookEndpoint',
      right: 'delete',
      summary: 'Delete an endpoint that hears of your account',
      answers: { 204: nothing },
      handle: async (call) => {
        await endpoints.delete(await find(container, call));
        return noContent();
      },
    }),
  });
}

function secrets(routes: RouteTable, container: Parts): void {
  const { endpointSecrets } = container;

  routes.at(`${PATH}/:webhook_endpoint/secret`, {
    get: operation({
      id: 'getWebhookEndpointSecret',
      right: 'secrets',
      summary: 'Show what our webhooks to you are signed with',
      answers: { 200: secretShape },
      handle: async (call) => ok(presentSecret(await endpointSecrets.reveal(await find(container, call)))),
    }),
  });

  routes.at(`${PATH}/:webhook_endpoint/secret/rotate`, {
    post: operation({
      id: 'rotateWebhookEndpointSecret',
      right: 'secrets',
      summary: 'Replace what our webhooks to you are signed with',
      description: 'Until the grace of the old one is over, both sign.',
      body: json(secretRotation),
      answers: { 200: secretShape },
      handle: async (call, { body }) =>
        ok(presentSecret(await endpointSecrets.rotate(await find(container, call), body))),
    }),
  });
}

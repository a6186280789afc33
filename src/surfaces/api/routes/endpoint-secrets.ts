import type { Container } from '#src/container.ts';
import { ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { operation } from '#src/surfaces/api/operation.ts';
import { presentSecret, secretShape } from '#src/surfaces/api/presenters/secret.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { secretRotation } from '#src/surfaces/api/schemas/endpoint-secrets.ts';

/** The signing secrets of an endpoint. */
export function endpointSecretRoutes(
  routes: RouteTable,
  { endpointSecrets }: Pick<Container, 'endpointSecrets'>,
  find: Find,
): void {
  const path = '/endpoints/:endpoint/secret';

  routes.ofSubscription(path, {
    get: operation({
      id: 'getEndpointSecret',
      right: 'secrets',
      summary: 'Show the signing secret',
      answers: { 200: secretShape },
      handle: async (call) =>
        ok(presentSecret(await endpointSecrets.reveal(await find.endpointOfSubscription(call)))),
    }),
  });

  routes.ofSubscription(`${path}/rotate`, {
    post: operation({
      id: 'rotateEndpointSecret',
      right: 'secrets',
      summary: 'Replace the signing secret',
      description:
        'The next attempt is signed with the new one, and until its grace is over with the old one, too (in `webhook-signature`; `HostedHooks-Signature` is made with the newest). At most three sign at a time: a further rotation ends the oldest.',
      body: json(secretRotation),
      answers: { 200: secretShape },
      handle: async (call, { body }) =>
        ok(presentSecret(await endpointSecrets.rotate(await find.endpointOfSubscription(call), body))),
    }),
  });
}

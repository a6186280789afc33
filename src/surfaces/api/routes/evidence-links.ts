import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { created, noContent, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Call } from '#src/surfaces/api/call.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { nothing, operation } from '#src/surfaces/api/operation.ts';
import {
  evidenceLinkShape,
  madeEvidenceLinkShape,
  presentEvidenceLink,
} from '#src/surfaces/api/presenters/evidence-link.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { newEvidenceLink } from '#src/surfaces/api/schemas/evidence-links.ts';

type Parts = Pick<Container, 'endpoints' | 'evidenceLinks' | 'messages'>;

/** Links that show what became of a message at one endpoint to people without an account. */
export function evidenceLinkRoutes(
  routes: RouteTable,
  { endpoints, evidenceLinks, messages }: Parts,
  find: Find,
): void {
  const messageOf = async (call: Call) => messages.get(await find.app(call), call.id('message'));

  routes.at('/apps/:app/messages/:message/evidence_links', {
    get: operation({
      id: 'listEvidenceLinks',
      right: 'see',
      summary: 'List the evidence links of a message that are good',
      answers: { 200: z.array(evidenceLinkShape) },
      handle: async (call) => ok((await evidenceLinks.list(await messageOf(call))).map(presentEvidenceLink)),
    }),
    post: operation({
      id: 'createEvidenceLink',
      right: 'edit',
      summary: 'Make a link that shows a delivery to anybody',
      description:
        'What was sent, when, to which host, and each answer, as it is when the link is opened, without secrets. Paste it into a support thread.',
      body: json(newEvidenceLink),
      answers: { 201: madeEvidenceLinkShape },
      errors: { 409: 'The message has 20 evidence links, or the account 1,000.' },
      handle: async (call, { body }) => {
        const app = await find.app(call);
        const message = await messages.get(app, call.id('message'));
        const { id: endpointId } = await endpoints.getOfApp(app, body.endpoint_id);
        const { link, url } = await evidenceLinks.make(message, {
          endpointId,
          expiresInSeconds: body.expires_in,
          showsPayload: body.include_payload,
        });
        return created({ ...presentEvidenceLink(link), url });
      },
    }),
  });

  routes.at('/apps/:app/messages/:message/evidence_links/:evidence_link', {
    delete: operation({
      id: 'revokeEvidenceLink',
      right: 'edit',
      summary: 'Take an evidence link back',
      answers: { 204: nothing },
      handle: async (call) => {
        await evidenceLinks.revoke(await messageOf(call), call.id('evidence_link'));
        return noContent();
      },
    }),
  });
}

import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import type { ApiWorld } from './api-world.ts';
import type { Recipe } from './room-provocations.ts';

/** Makes a link at the endpoint of the world. */
export const makeEvidenceLink = ({ ids, make }: ApiWorld) =>
  make(`/apps/${ids['app'] ?? ''}/messages/${ids['message'] ?? ''}/evidence_links`, {
    endpoint_id: ids['endpoint'],
  });

/** How to make the API give the statuses of evidence links, by operation. */
export const OF_EVIDENCE: Record<string, Recipe> = {
  'createEvidenceLink 201': ({ world, send }) => send({ body: { endpoint_id: world.ids['endpoint'] } }),
  'createEvidenceLink 409': async ({ world, send }) => {
    for (let count = 0; count < FIXED_LIMITS.evidenceLinks.max; count += 1) await makeEvidenceLink(world);
    return send({ body: { endpoint_id: world.ids['endpoint'] } });
  },
  'revokeEvidenceLink 204': async ({ world, send }) => {
    const { id } = await makeEvidenceLink(world);
    return send({ parts: { evidence_link: id } });
  },
};

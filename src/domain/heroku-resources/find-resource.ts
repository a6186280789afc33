import type { Models } from '#src/domain/models.ts';
import type { HerokuResource } from './heroku-resource.ts';

/** The resource, or its tombstone; null for an id that Heroku never provisioned. */
export async function findResource(
  { models }: { models: Pick<Models, 'HerokuResource'> },
  resourceId: string,
): Promise<HerokuResource | null> {
  return models.HerokuResource.findByPk(resourceId);
}

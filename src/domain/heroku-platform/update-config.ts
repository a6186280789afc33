import { transaction } from '#src/infra/database/transaction.ts';
import type { Dependencies } from './dependencies.ts';
import { callPlatform } from './platform-api.ts';
import { PlatformRefused } from './platform-errors.ts';

/** Of one run; a key that is rotated more often meanwhile is left to the retry. */
const MAX_UPDATES = 5;

/**
 * The job that writes the resource's key into the config of the customer's apps. It ends only once the key that it
 * wrote is the current one, because the key may be rotated meanwhile, and another process's request may overtake ours.
 * A refusal of Heroku ends it, too; throws PlatformUnavailable when it is to be retried.
 */
export async function updateConfig(deps: Dependencies, resourceId: string): Promise<void> {
  const { keys, heroku, logger, pool } = deps;
  for (let round = 0; round < MAX_UPDATES; round += 1) {
    const current = await keys.currentKey(resourceId);
    if (current === null) return;
    const { key, generation } = current;
    try {
      await callPlatform(deps, resourceId, {
        method: 'PATCH',
        path: `/addons/${resourceId}/config`,
        body: { config: [{ name: heroku.configVar, value: key }] },
      });
    } catch (error) {
      if (!(error instanceof PlatformRefused)) throw error;
      logger.warn(
        { resource: resourceId, reason: error.message },
        'the config of a resource could not be updated',
      );
      await transaction(pool, (client) =>
        keys.recordNotInConfig(client, { resourceId, generation, problem: error.message }),
      );
      return;
    }
    if (await transaction(pool, (client) => keys.recordInConfig(client, resourceId, generation))) return;
  }
  throw new Error(`The key was rotated ${String(MAX_UPDATES)} times while the config was updated`);
}

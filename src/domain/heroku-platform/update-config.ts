import { transaction } from '#src/infra/database/transaction.ts';
import type { PlatformParts } from './parts.ts';
import { callPlatform } from './platform-api.ts';
import { PlatformRefused } from './platform-errors.ts';

/** More rotations than this during one run are left to the next try. */
const MAX_ROUNDS = 5;

/**
 * The job that puts the resource's key into the config of the customer's apps. When it was rotated again meanwhile, also by
 * another process whose request overtook ours, the newest is put there: nobody leaves before what they wrote is current.
 */
export async function updateConfig(parts: PlatformParts, resourceId: string): Promise<void> {
  const { keys, heroku, logger, pool } = parts;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const current = await keys.currentKey(resourceId);
    if (current === null) return;
    const { key, generation } = current;
    try {
      await callPlatform(parts, resourceId, {
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
        keys.notInConfig(client, { resourceId, generation, why: error.message }),
      );
      return;
    }
    if (await transaction(pool, (client) => keys.inConfig(client, resourceId, generation))) return;
  }
  throw new Error('The key was rotated again and again');
}

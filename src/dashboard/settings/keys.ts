import type { Container } from '../../container.ts';
import type { SessionUser } from '../../http/session.ts';
import { herokuCommands } from '../heroku-commands.ts';

const MOST_ROWS = 200;

/** The API keys of the account, as far as they can be shown. */
export async function readKeys({ clock, config, models }: Container, { accountId }: SessionUser) {
  const keys = await models.ApiKey.findAll({
    where: { accountId },
    order: [['id', 'DESC']],
    limit: MOST_ROWS,
  });
  const { isLocal, showKey } = herokuCommands(config);
  return {
    isLocal,
    showKey,
    list: keys.map(({ name, prefix, createdAt, revokedAt, expiresAt }) => ({
      name,
      prefix,
      createdAt,
      isLive: revokedAt === null && (expiresAt === null || expiresAt.getTime() > clock.now()),
    })),
  };
}

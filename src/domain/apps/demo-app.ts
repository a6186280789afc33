import { Op } from 'sequelize';
import type { Models } from '#src/domain/models.ts';
import type { App } from './app.ts';

/** The uid of the app that `npm start` makes and fills. */
export const DEMO_APP_UID = 'demo';

/** The app that the demo made, and no person; null without any, as always in production. */
export async function demoApp(
  { config, models }: { config: { isProduction: boolean }; models: Pick<Models, 'App'> },
  accountId: string,
): Promise<App | null> {
  return config.isProduction ? null : models.App.findOne({ where: { accountId, uid: DEMO_APP_UID } });
}

/** The condition that a row is not of an app: of which the column has the id. */
export const notOf = (app: App | null, column: 'id' | 'appId') =>
  app === null ? {} : { [column]: { [Op.ne]: app.id } };

import type { Config } from '../../config.ts';
import { resourceToken, userScopedToken } from '../../heroku/sso-tokens.ts';
import type { AddOn } from './state.ts';

/** Who opens add-ons on the local Heroku. */
export const DEMO_PERSON = {
  herokuUserId: 'fedcba98-7654-4210-8edc-ba9876543210',
  email: 'demo@example.com',
};

/** The fields of the form that Heroku posts to open `addOn`: every token that it sends, the person included. */
export function signOnFields(
  { ssoSalts, addonId }: Config['heroku'],
  { addOn, timestamp }: { addOn: AddOn; timestamp: string },
): Record<string, string> {
  const salt = ssoSalts[0]?.reveal() ?? '';
  const input = { resourceId: addOn.uuid, salt, timestamp };
  const { herokuUserId: userId, email } = DEMO_PERSON;
  const navData = JSON.stringify({ addon: addonId, appname: addOn.app });
  return {
    resource_id: addOn.uuid,
    user_scoped_resource_token: userScopedToken({ ...input, userId, email }),
    resource_token: resourceToken(input),
    id: addOn.uuid,
    token: resourceToken(input),
    timestamp,
    user_id: userId,
    email,
    app: addOn.app,
    context_app: addOn.app,
    'nav-data': Buffer.from(navData).toString('base64url'),
  };
}

import type { Config } from '#src/config.ts';
import { resourceToken, userScopedToken } from '#src/surfaces/heroku/sso-tokens.ts';
import type { AddOn, App, Person } from '#src/dev/fake-heroku/world.ts';

interface SignOn {
  addOn: AddOn;
  timestamp: string;
  person: Person;
  /** The app that is billed for the add-on. */
  app: App;
  /** The app from which the add-on is opened. */
  contextApp: App;
}

/** The fields of the form that Heroku posts to open an add-on, with all of its tokens and the person. */
export function signOnFields(
  { ssoSalts, manifestId }: Config['heroku'],
  { addOn, timestamp, person, app, contextApp }: SignOn,
): Record<string, string> {
  const salt = ssoSalts[0]?.reveal() ?? '';
  const input = { resourceId: addOn.uuid, salt, timestamp };
  const { id: userId, email } = person;
  const navData = JSON.stringify({ addon: manifestId, appname: app.name });
  return {
    resource_id: addOn.uuid,
    user_scoped_resource_token: userScopedToken({ ...input, userId, email }),
    resource_token: resourceToken(input),
    id: addOn.uuid,
    token: resourceToken(input),
    timestamp,
    user_id: userId,
    email,
    app: app.name,
    context_app: contextApp.name,
    'nav-data': Buffer.from(navData).toString('base64url'),
  };
}

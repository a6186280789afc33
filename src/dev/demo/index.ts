import type { Config } from '#src/config.ts';
import { devSignInPath } from '#src/surfaces/heroku/dev-sign-in.ts';
import { systemClock } from '#src/infra/lib/clock.ts';
import { Partner } from '#src/dev/heroku-cli/partner.ts';
import { Platform } from '#src/dev/fake-heroku/platform.ts';
import { ME } from '#src/dev/fake-heroku/world.ts';
import { WorldFile } from '#src/dev/fake-heroku/world-file.ts';
import { ApiClient } from './api-client.ts';
import { createDemoData } from './demo-data.ts';
import { provisionDemo } from './demo-resource.ts';
import { greeting } from './greeting.ts';

/** Creates the demonstration in the server at `origin`, and returns the text that presents it. */
export async function presentDemo(config: Config, origin: string): Promise<string> {
  const partner = new Partner({ ...config, http: { ...config.http, baseUrl: origin } });
  const platform = new Platform({ state: new WorldFile(config.dataDir) });
  const addOn = await provisionDemo({ partner, platform });
  const apiKey = addOn.config[config.heroku.configVar] ?? '';
  const helper = await createDemoData(new ApiClient(origin, apiKey));
  const { baseUrl } = config.http;
  const signInPath = devSignInPath(
    { appSecret: config.secrets.app, clock: systemClock },
    { resourceId: addOn.uuid, herokuUserId: ME.id, email: ME.email },
  );
  return greeting({
    baseUrl,
    apiKey,
    signInUrl: `${baseUrl}${signInPath}`,
    hookHelperUrl: `${baseUrl}/hook_helpers/${helper.id}`,
  });
}

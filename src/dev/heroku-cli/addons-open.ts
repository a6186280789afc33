import { findAddOn } from './apps.ts';
import { say } from './output.ts';
import { requireApp } from '#src/dev/fake-heroku/find.ts';
import { peopleOf } from '#src/dev/fake-heroku/people.ts';
import { forbidden } from '#src/dev/fake-heroku/refusal.ts';
import { ME } from '#src/dev/fake-heroku/world.ts';
import type { HerokuSession } from './session.ts';
import { signOnFields } from './sign-on.ts';

/**
 * `addons:open [RESOURCE] [--form] [--as EMAIL]`. The real CLI opens a browser at Heroku, which posts a form. This one
 * prints a link with the fields of the form, or with `--form` the form, because production takes the form only. `--as`
 * signs another person in, who must have access to the app.
 */
export async function addonsOpen(session: HerokuSession): Promise<void> {
  const { args, config, platform } = session;
  const { addOn, app } = await findAddOn(session, args.words[0]);
  const email = args.flags.get('--as') ?? ME.email;
  const { timestamp, person, owningApp } = await platform.alter(({ world, nowMs }) => {
    const found = peopleOf(world, app).find((candidate) => candidate.email === email);
    if (found === undefined)
      throw forbidden(`app ${app.name}: ${String(email)} is not one of its collaborators`);
    // A token is made of the second and works once, so two commands within a second must print different ones.
    world.lastSignOn = Math.max(Math.floor(nowMs / 1000), world.lastSignOn + 1);
    return { timestamp: String(world.lastSignOn), person: found, owningApp: requireApp(world, addOn.appId) };
  });
  const fields = signOnFields(config.heroku, { addOn, timestamp, person, app: owningApp, contextApp: app });

  const { baseUrl } = config.http;
  if (args.flags.has('--form') || config.isProduction) {
    say(formOf(`${baseUrl}/heroku/sso`, fields));
  } else {
    say(`Opening ${baseUrl}/dev/heroku/sso?${new URLSearchParams(fields).toString()}`);
  }
}

function formOf(action: string, fields: Record<string, string>): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `  <input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
  );
  const button = '  <button>Open HostedHooks</button>';
  return [`<form method="post" action="${escape(action)}">`, ...inputs, button, '</form>'].join('\n');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

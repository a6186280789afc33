import { findAddOn } from './apps.ts';
import { say } from './output.ts';
import type { HerokuSession } from './session.ts';
import { signOnFields } from './sign-on.ts';

/**
 * `addons:open [RESOURCE] [--form]`. The real CLI opens a browser at Heroku, which posts the form; here the link
 * carries the form's fields, and `--form` prints the form. Production takes the form only.
 */
export async function addonsOpen(session: HerokuSession): Promise<void> {
  const { args, config, state } = session;
  const addOn = await findAddOn(session, args.words[0]);
  const current = await state.read();
  // A token is made of the second and works once: two commands within a second must not print the same one.
  const timestamp = Math.max(Math.floor(Date.now() / 1000), current.lastSignOn + 1);
  await state.write({ ...current, lastSignOn: timestamp });
  const fields = signOnFields(config.heroku, { addOn, timestamp: String(timestamp) });

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

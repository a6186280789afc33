import { addonsChangePlan } from './heroku/addons-change-plan.ts';
import { addonsCreate } from './heroku/addons-create.ts';
import { addonsDestroy } from './heroku/addons-destroy.ts';
import { addonsInfo } from './heroku/addons-info.ts';
import { addonsOpen } from './heroku/addons-open.ts';
import { parseArguments } from './heroku/arguments.ts';
import { configGet } from './heroku/config-get.ts';
import { HerokuError, showError } from './heroku/output.ts';
import { type HerokuSession, openSession } from './heroku/session.ts';

// Acts as Heroku against a running server: `npm run heroku -- addons:create hosted-hooks`.

const VERBS: Record<string, (session: HerokuSession) => Promise<void>> = {
  'addons:create': addonsCreate,
  'addons:info': addonsInfo,
  'addons:open': addonsOpen,
  'addons:upgrade': addonsChangePlan,
  'addons:downgrade': addonsChangePlan,
  'addons:destroy': addonsDestroy,
  'config:get': configGet,
};

try {
  const args = parseArguments(process.argv.slice(2));
  const run = VERBS[args.verb];
  if (run === undefined) throw new HerokuError(unknownVerb(args.verb));
  await run(openSession(args, process.env));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  showError(error.message);
  process.exitCode = 1;
}

function unknownVerb(verb: string): string {
  const known = Object.keys(VERBS).join('\n  ');
  return `${verb} is not a command of this Heroku. The commands are:\n  ${known}`;
}

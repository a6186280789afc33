import { parseArguments } from './heroku/arguments.ts';
import { HerokuError, say, showError } from './heroku/output.ts';
import { openSession } from './heroku/session.ts';
import { unknownVerb, usage, VERBS } from './heroku/verbs.ts';

// Acts as Heroku against a running server: `npm run heroku -- addons:create hosted-hooks`.

const HELP = new Set(['help', '--help', '-h']);

try {
  const args = parseArguments(process.argv.slice(2));
  if (HELP.has(args.verb) || args.flags.has('--help')) {
    say(usage());
  } else {
    const verb = VERBS.get(args.verb);
    if (verb === undefined) throw new HerokuError(unknownVerb(args.verb));
    await verb.run(openSession(args, process.env));
  }
} catch (error) {
  if (!(error instanceof Error)) throw error;
  showError(error.message);
  process.exitCode = 1;
}

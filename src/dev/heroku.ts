import { parseArguments } from '#src/dev/heroku-cli/arguments.ts';
import { HerokuError, say, showError } from '#src/dev/heroku-cli/output.ts';
import { openSession } from '#src/dev/heroku-cli/session.ts';
import { unknownVerb, usage, VERBS } from '#src/dev/heroku-cli/verbs.ts';

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

import type { Config } from '#src/config.ts';
import type { Plan } from '#src/domain/plans/plans.ts';
import { upgradeCommand } from '#src/domain/plans/upgrade.ts';

/** What to type for Heroku; in development it is played by a command of ours. */
export function herokuCommands({ heroku, isProduction }: Config) {
  const { manifestId, configVar } = heroku;
  const cli = isProduction ? 'heroku' : 'npm run heroku --';
  // Without npm's own two lines, which would become a part of the key.
  const quietCli = isProduction ? 'heroku' : 'npm run --silent heroku --';
  return {
    isLocal: !isProduction,
    open: isProduction ? `heroku addons:open ${manifestId}` : `${cli} addons:open`,
    create: `${cli} addons:create ${manifestId}`,
    /** To the next bigger plan; null on the largest. */
    upgrade: (plan: Plan) => upgradeCommand(plan, cli),
    configVar,
    showKey: `${cli} config:get ${configVar}`,
    exportKey: `export HOSTEDHOOKS_API_KEY=$(${quietCli} config:get ${configVar})`,
  };
}

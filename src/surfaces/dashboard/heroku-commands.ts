import type { Config } from '#src/config.ts';
import type { Plan } from '#src/domain/plans/plans.ts';
import { upgradeCommand } from '#src/domain/plans/upgrade.ts';

/** Commands of the Heroku CLI; in development those of the fake Heroku. */
export function herokuCommands({ heroku, isProduction }: Config) {
  const { manifestId, configVar } = heroku;
  const cli = isProduction ? 'heroku' : 'npm run heroku --';
  // `--silent`, because npm's own two lines would become a part of the key.
  const quietCli = isProduction ? 'heroku' : 'npm run --silent heroku --';
  return {
    isLocal: !isProduction,
    open: isProduction ? `heroku addons:open ${manifestId}` : `${cli} addons:open`,
    create: `${cli} addons:create ${manifestId}`,
    /** The command to the next larger plan; null on the largest. */
    upgrade: (plan: Plan) => upgradeCommand(plan, cli),
    configVar,
    showKey: `${cli} config:get ${configVar}`,
    exportKey: `export HOSTEDHOOKS_API_KEY=$(${quietCli} config:get ${configVar})`,
  };
}

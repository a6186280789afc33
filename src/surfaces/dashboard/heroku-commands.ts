import type { Config } from '#src/config.ts';
import type { Plan } from '#src/domain/plans/plans.ts';
import { appFlag, upgradeCommand } from '#src/domain/plans/upgrade.ts';
import type { Visit } from '#src/domain/visits/visit.ts';

/**
 * Commands of the Heroku CLI; in development those of the fake Heroku. They name the add-on and its app where
 * `resource` is given, because a person may have several add-ons.
 */
export function herokuCommands({ heroku, isProduction }: Config, resource: Visit['resource'] = null) {
  const { manifestId } = heroku;
  const cli = isProduction ? 'heroku' : 'npm run heroku --';
  // `--silent`, because npm's own two lines would become a part of the key.
  const quietCli = isProduction ? 'heroku' : 'npm run --silent heroku --';
  const configVar = configVarOf(resource) ?? heroku.configVar;
  const configGet = ['config:get', configVar, ...appFlag(resource?.appName)].join(' ');
  return {
    isLocal: !isProduction,
    open: isProduction ? `heroku addons:open ${manifestId}` : `${cli} addons:open`,
    create: `${cli} addons:create ${manifestId}`,
    /** Ends the add-on, and the account with it. */
    destroy: `${cli} addons:destroy ${resource?.name ?? manifestId}`,
    /** The command to the next larger plan; null on the largest. */
    upgrade: (plan: Plan) => upgradeCommand(plan, { cli, ...(resource === null ? {} : { addon: resource }) }),
    configVar,
    showKey: `${cli} ${configGet}`,
    exportKey: `export HOSTEDHOOKS_API_KEY=$(${quietCli} ${configGet})`,
  };
}

/** Null unless it is a name that a shell takes as it is. */
function configVarOf(resource: Visit['resource']): string | null {
  const name = resource?.configVar ?? '';
  return /^[A-Z][A-Z0-9_]*$/.test(name) ? name : null;
}

import { access, accessAdd, accessRemove } from './access.ts';
import { addonsAttach, addonsDetach, addonsRename } from './addons-attach.ts';
import { addonsChangePlan } from './addons-change-plan.ts';
import { addonsCreate } from './addons-create.ts';
import { addonsDestroy } from './addons-destroy.ts';
import { addonsInfo } from './addons-info.ts';
import { addonsList } from './addons-list.ts';
import { addonsOpen } from './addons-open.ts';
import { addonsDocs, addonsPlans } from './addons-service.ts';
import { appsRename, appsTransfer } from './apps-change.ts';
import { config } from './config.ts';
import { configGet } from './config-get.ts';
import type { HerokuSession } from './session.ts';

interface Verb {
  run: (session: HerokuSession) => Promise<void>;
  /** The arguments, and a description. */
  usage: [words: string, does: string];
}

/** The commands of the CLI, with the names of the real one. */
export const VERBS = new Map<string, Verb>(
  Object.entries<Verb>({
    addons: { run: addonsList, usage: ['', 'lists the add-ons of the app'] },
    'addons:create': {
      run: addonsCreate,
      usage: ['hosted-hooks[:PLAN] [--as NAME] [-- --option value]', 'adds one'],
    },
    'addons:info': { run: addonsInfo, usage: ['[ADD-ON]', 'shows its plan and price'] },
    'addons:open': {
      run: addonsOpen,
      usage: ['[ADD-ON] [--form] [--as EMAIL]', 'prints a link that signs in, or the form'],
    },
    'addons:upgrade': { run: addonsChangePlan, usage: ['[ADD-ON] hosted-hooks:PLAN', 'changes the plan'] },
    'addons:downgrade': { run: addonsChangePlan, usage: ['[ADD-ON] hosted-hooks:PLAN', 'the same'] },
    'addons:destroy': { run: addonsDestroy, usage: ['[ADD-ON] [--confirm APP]', 'removes it and its data'] },
    'addons:attach': {
      run: addonsAttach,
      usage: ['ADD-ON -a APP [--as NAME]', 'gives another app its config vars'],
    },
    'addons:detach': { run: addonsDetach, usage: ['NAME -a APP', 'takes them away again'] },
    'addons:rename': { run: addonsRename, usage: ['ADD-ON NEW-NAME', 'renames it'] },
    'addons:docs': { run: addonsDocs, usage: ['[hosted-hooks]', 'says where its documentation is'] },
    'addons:plans': { run: addonsPlans, usage: ['hosted-hooks', 'lists the plans'] },
    config: { run: config, usage: ['[--shell]', 'lists the config vars of the app'] },
    'config:get': { run: configGet, usage: ['NAME [--shell]', 'prints the value of a config var'] },
    access: { run: access, usage: ['', 'lists who may open the add-ons'] },
    'access:add': { run: accessAdd, usage: ['EMAIL', 'makes somebody a collaborator'] },
    'access:remove': { run: accessRemove, usage: ['EMAIL', 'ends that'] },
    'apps:rename': { run: appsRename, usage: ['NEW-NAME', 'renames the app'] },
    'apps:transfer': { run: appsTransfer, usage: ['EMAIL-OR-TEAM', 'changes its owner'] },
  }),
);

export function usage(): string {
  const lines = [...VERBS].map(
    ([
      verb,
      {
        usage: [words, does],
      },
    ]) => {
      return `  ${`${verb} ${words}`.padEnd(66)} ${does}`;
    },
  );
  return [
    'The CLI of the fake Heroku: acts as Heroku against a running server.',
    '',
    'npm run heroku -- COMMAND [-a APP]',
    '',
    ...lines,
  ].join('\n');
}

export function unknownVerb(verb: string): string {
  return `${verb} is not a command of the fake Heroku. The commands are: ${[...VERBS.keys()].join(', ')}`;
}

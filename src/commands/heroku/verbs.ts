import { addonsChangePlan } from './addons-change-plan.ts';
import { addonsCreate } from './addons-create.ts';
import { addonsDestroy } from './addons-destroy.ts';
import { addonsInfo } from './addons-info.ts';
import { addonsOpen } from './addons-open.ts';
import { configGet } from './config-get.ts';
import type { HerokuSession } from './session.ts';

interface Verb {
  run: (session: HerokuSession) => Promise<void>;
  /** What follows the verb, and what it does. */
  usage: [words: string, does: string];
}

/** The commands that this Heroku has, with the words of the real one's. */
export const VERBS = new Map<string, Verb>([
  [
    'addons:create',
    { run: addonsCreate, usage: ['hosted-hooks[:PLAN] [--as NAME] [-- --option value]', 'adds one'] },
  ],
  ['addons:info', { run: addonsInfo, usage: ['[ADD-ON]', 'shows its plan and price'] }],
  [
    'addons:open',
    { run: addonsOpen, usage: ['[ADD-ON] [--form]', 'prints a link that signs in, or the form'] },
  ],
  ['addons:upgrade', { run: addonsChangePlan, usage: ['[ADD-ON] hosted-hooks:PLAN', 'changes the plan'] }],
  ['addons:downgrade', { run: addonsChangePlan, usage: ['[ADD-ON] hosted-hooks:PLAN', 'the same'] }],
  ['addons:destroy', { run: addonsDestroy, usage: ['[ADD-ON] [--confirm APP]', 'removes it and its data'] }],
  ['config:get', { run: configGet, usage: ['NAME [--shell]', 'prints the value of a config var'] }],
]);

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
    'Acts as Heroku against a running server.',
    '',
    'npm run heroku -- COMMAND [-a APP]',
    '',
    ...lines,
  ].join('\n');
}

export function unknownVerb(verb: string): string {
  const [nearest = ''] = [...VERBS.keys()].sort((one, other) => distance(verb, one) - distance(verb, other));
  return `${verb} is not a command of this Heroku. Did you mean ${nearest}?\nAll commands: npm run heroku -- help`;
}

/** How many characters must be changed, put in or taken out to make one of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [at, letter] of Array.from(one).entries()) {
    const next = [at + 1];
    for (const [index, candidate] of Array.from(other).entries()) {
      const replaced = (row[index] ?? 0) + (letter === candidate ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

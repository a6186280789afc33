import { HerokuError, say } from './output.ts';
import { monthlyPriceOf, PLANS, planIn, priceOf } from './plans.ts';
import type { HerokuSession } from './session.ts';
import { showTable } from './table.ts';

/** `addons:docs [hosted-hooks]`: the page /docs, which has the article of the Dev Center. */
export async function addonsDocs(session: HerokuSession): Promise<void> {
  const { args, config } = session;
  if (args.words[0] !== undefined) planIn(session, args.words[0]);
  const url = `${config.http.baseUrl}/docs`;
  say(args.flags.has('--show-url') ? url : `Opening ${url}`);
}

/** `addons:plans hosted-hooks` */
export async function addonsPlans(session: HerokuSession): Promise<void> {
  const { args, config } = session;
  const { manifestId } = config.heroku;
  if (args.words[0] === undefined)
    throw new HerokuError(`Name the add-on service: ${args.verb} ${manifestId}`);
  planIn(session, args.words[0]);
  showTable(
    PLANS.map(({ slug, name, isDefault }) => ({
      ' ': isDefault ? 'default' : '',
      Slug: `${manifestId}:${slug}`,
      Name: name,
      Price: priceOf(slug),
      'Max Price': monthlyPriceOf(slug),
    })),
  );
}

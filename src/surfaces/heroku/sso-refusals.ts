import type { Response } from 'express';
import type { Config } from '#src/config.ts';
import type { Container } from '#src/container.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { findPlan, planSlugs } from '#src/domain/plans/plans.ts';
import { changePlanCommand } from '#src/domain/plans/upgrade.ts';
import type { NoEntry } from './resource-session.ts';
import type { SsoRefusal } from './sso-strategy.ts';

/** Renders the page that says why a sign-on was refused, and what to do. */
export async function refuse(
  { config }: Pick<Container, 'config'>,
  res: Response,
  refusal: SsoRefusal,
): Promise<void> {
  const page = refusal.reason === 'team_is_full' ? teamPage(config, refusal) : PAGES[refusal.reason];
  await renderPage(res, {
    view: 'errors/sign-in-refused',
    title: 'Sign-in refused',
    status: 403,
    layout: 'public',
    model: { command: null, ...page },
  });
}

interface RefusalPage {
  heading: string;
  text: string;
  command?: string;
  action: { href: string; label: string };
}

const HEROKU = { href: 'https://dashboard.heroku.com/apps', label: 'Go to Heroku' };

const EXPIRED: RefusalPage = {
  heading: 'This sign-in has expired',
  text: 'A sign-in from Heroku works once and for five minutes. Open HostedHooks from Heroku again.',
  action: HEROKU,
};

/** One page for every invalid token, so that an attacker does not learn which part was right. */
const INVALID: RefusalPage = {
  heading: 'We could not sign you in',
  text:
    'The sign-in from Heroku is not valid for a HostedHooks add-on. Open HostedHooks from Heroku again; if it ' +
    'happens again, contact support@hostedhooks.com.',
  action: HEROKU,
};

const PAGES: Record<Exclude<SsoRefusal['reason'], 'team_is_full'>, RefusalPage> = {
  malformed: INVALID,
  wrong_token: INVALID,
  unknown_resource: INVALID,
  expired: EXPIRED,
  used: EXPIRED,
  removed: {
    heading: 'This add-on was removed',
    text:
      'It was removed from its Heroku app, and its data was deleted. If the app has HostedHooks again, it is a new ' +
      'add-on: open that one from Heroku.',
    action: HEROKU,
  },
};

function teamPage(config: Config, refusal: Extract<NoEntry, { reason: 'team_is_full' }>): RefusalPage {
  const { plan, limit, admins, appName } = refusal;
  const bigger = planSlugs.find((slug) => (findPlan(slug)?.members ?? 0) > limit);
  const who = admins.length === 0 ? 'one of them' : admins.slice(0, 5).join(', ');
  const cli = config.isProduction ? 'heroku' : 'npm run heroku --';
  const upgrade =
    bigger === undefined
      ? {}
      : { command: changePlanCommand(`${config.heroku.manifestId}:${bigger}`, { cli }) };
  return {
    heading: 'The team is full',
    text:
      `The ${plan} plan of this add-on is for ${String(limit)} people, and that many have signed in. An admin can remove ` +
      `somebody in Settings, Team: ask ${who}.` +
      (bigger === undefined ? '' : ` Or move to the ${bigger} plan, which is for more:`),
    ...upgrade,
    action: {
      href: `https://dashboard.heroku.com/apps${appName === null ? '' : `/${encodeURIComponent(appName)}/resources`}`,
      label: 'Go to Heroku',
    },
  };
}

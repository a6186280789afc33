import type { Request } from 'express';
import CustomStrategy from 'passport-custom';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { type Entry, type NoEntry, visitResource } from './resource-session.ts';
import { type Refusal, verifySignOn } from './sso-verification.ts';
import { consumeSsoToken, deleteExpiredSsoTokens } from '#src/domain/heroku-resources/used-sso-tokens.ts';

export type SsoRefusal = { reason: Refusal | 'used' } | NoEntry;

/** For display only, because no token covers the field. A value that cannot be an app's name is ignored. */
const appNameField = z.object({ app: z.string().regex(/^[\w.-]{1,100}$/) }).transform(({ app }) => app);

export type SsoParts = Pick<Container, 'clock' | 'config' | 'herokuPlatform' | 'members' | 'models' | 'pool'>;

/** Heroku's single sign-on as a Passport strategy. `formOf` reads the form from the request. */
export function ssoStrategy(container: SsoParts, formOf: (req: Request) => unknown): CustomStrategy {
  return new CustomStrategy((req, done) => {
    signOn(container, formOf(req)).then(
      (result) => {
        if ('refusal' in result) done(null, false, result.refusal);
        else done(null, result.visit);
      },
      (error: unknown) => {
        done(error);
      },
    );
  });
}

async function signOn(container: SsoParts, form: unknown): Promise<Entry | { refusal: SsoRefusal }> {
  const { clock, config, pool } = container;
  const nowMs = clock.now();
  const { ssoSalts: salts, acceptsLegacyTokens } = config.heroku;
  const verified = verifySignOn(form, { salts, acceptsLegacyTokens, nowMs });
  if (typeof verified === 'string') return { refusal: { reason: verified } };
  await deleteExpiredSsoTokens(pool, nowMs);
  if (!(await consumeSsoToken(pool, verified))) return { refusal: { reason: 'used' } };
  const { resourceId, person } = verified;
  const appName = appNameField.safeParse(form).data;
  return visitResource(container, { resourceId, person, appName });
}

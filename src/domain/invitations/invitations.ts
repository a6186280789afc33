import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { lockAccount, teamOf } from '#src/domain/accounts/team-rows.ts';
import { currentActor } from '#src/domain/audit/actor.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import type { Mailer, NewMail } from '#src/domain/mail/mailer.ts';
import type { Models } from '#src/domain/models.ts';
import type { SignInRates } from '#src/domain/people/sign-in-rates.ts';
import { findPlan } from '#src/domain/plans/plans.ts';
import { isOfHeroku } from '#src/domain/quotas/is-of-heroku.ts';
import { howToGetMore } from '#src/domain/plans/upgrade.ts';
import { raiseEpoch } from '#src/domain/subscriptions/portal-link-rows.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { findNewestFirst } from '#src/infra/database/newest-first.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, InvalidInput, NotFound, PaymentRequired } from '#src/infra/lib/errors.ts';
import { normalAddress } from '#src/infra/lib/email-address.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Secret } from '#src/infra/lib/secret.ts';
import { createTokenSigner, type TokenSigner } from '#src/infra/lib/signed-token.ts';
import type { Invitation, InvitedRole } from './invitation.ts';
import {
  countOpenOfTeam,
  deleteInvitation,
  findOpen,
  insertOrRenew,
  type OpenInvitation,
} from './invitation-rows.ts';
import { removePersonFromSubscription } from './subscription-people.ts';

const LIFETIME_SECONDS = 14 * 24 * 60 * 60;

interface Dependencies {
  pool: Pool;
  models: Pick<Models, 'Invitation'>;
  clock: Clock;
  mailer: Mailer;
  signInRates: SignInRates;
  appSecret: Secret;
  baseUrl: string;
}

type Target = Pick<Invitation, 'accountId' | 'appId' | 'subscriptionId'>;

const claims = z.object({ invitationId: z.guid() });

/** Inviting by mail, into a team or to a subscriber's endpoints. Inviting again renews what is open. */
export class Invitations {
  readonly #deps: Dependencies;
  readonly #links: TokenSigner;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#links = createTokenSigner(deps.appSecret, 'invitation', deps.clock);
  }

  async list({ accountId, subscriptionId }: Omit<Target, 'appId'>, paging: Paging): Promise<Invitation[]> {
    const { Invitation: model } = this.#deps.models;
    return findNewestFirst({ model, where: { accountId, subscriptionId } }, paging);
  }

  /**
   * Throws Conflict for the address of a member, PaymentRequired when the plan allows no more people, those who are
   * invited among them, and TooManyRequests.
   */
  async inviteToTeam(
    accountId: string,
    { email, role }: { email: string; role: InvitedRole },
  ): Promise<Invitation> {
    const target = { accountId, appId: null, subscriptionId: null };
    return this.#invite(target, { email, role }, async (client) => {
      const plan = findPlan((await lockAccount(client, accountId)) ?? '');
      const members = await teamOf(client, accountId);
      if (members.some((member) => member.email.toLowerCase() === email.toLowerCase())) {
        throw new Conflict('This address is in the team already.');
      }
      const open = await countOpenOfTeam(client, accountId, new Date(this.#deps.clock.now()));
      if (plan === undefined || members.length + open <= plan.members) return;
      const more = howToGetMore(plan, { isOfHeroku: await isOfHeroku(client, accountId) });
      throw new PaymentRequired(
        `The plan ${plan.slug} is for ${String(plan.members)} people, those who are invited among them. ` +
          `Remove somebody, or take an invitation back. ${more}`,
      );
    });
  }

  /** Throws TooManyRequests. */
  async inviteToSubscription(
    { accountId, appId, id: subscriptionId }: Pick<Subscription, 'accountId' | 'appId' | 'id'>,
    email: string,
  ): Promise<Invitation> {
    return this.#invite({ accountId, appId, subscriptionId }, { email, role: null });
  }

  /**
   * Ends an invitation, and what it gave: who accepted one to a subscriber loses the access, and all open visits of the
   * subscriber's portal end. A member whom it made stays. Throws NotFound.
   */
  async revoke({ accountId, subscriptionId }: Omit<Target, 'appId'>, invitationId: string): Promise<void> {
    const { pool, clock, models } = this.#deps;
    const where = { accountId, subscriptionId, id: invitationId };
    const found = isUuid(invitationId) ? await models.Invitation.findOne({ where }) : null;
    if (found === null) throw new NotFound('There is no such invitation.');
    await transaction(pool, async (client) => {
      const deleted = await deleteInvitation(client, found);
      if (deleted === null) throw new NotFound('There is no such invitation.');
      if (subscriptionId !== null) {
        if (deleted.personId !== null) {
          await removePersonFromSubscription(client, { accountId, subscriptionId }, deleted.personId);
        }
        // The link of the mail opens the portal, accepted or not.
        await raiseEpoch(client, { accountId, id: subscriptionId });
      }
      await recordChange({ db: client, clock }, { ...changeOf(found), action: 'invitation.revoked' });
    });
  }

  /** The open invitation of a link; null when the link is not ours, or the invitation is accepted, ended or over. */
  async find(token: string): Promise<OpenInvitation | null> {
    const { data } = claims.safeParse(this.#links.verify(token));
    const { pool, clock } = this.#deps;
    return data === undefined ? null : findOpen(pool, data.invitationId, new Date(clock.now()));
  }

  /** `check` runs after the row was written, so that it counts it. */
  async #invite(
    target: Target,
    { email: given, role }: { email: string; role: InvitedRole | null },
    check: (client: PoolClient) => Promise<void> = () => Promise.resolve(),
  ): Promise<Invitation> {
    const { pool, clock, models, signInRates } = this.#deps;
    const email = normalAddress(given);
    if (email === null) throw new InvalidInput('The address is no email address.');
    await signInRates.takeInvitation(target.accountId, email);
    const now = new Date(clock.now());
    const { type, email: actorEmail } = currentActor();
    const invitedBy = type === 'person' ? actorEmail : null;
    const expiresAt = new Date(now.getTime() + LIFETIME_SECONDS * 1000);
    const row = { ...target, email, role, invitedBy, createdAt: now, expiresAt };
    const id = await transaction(pool, async (client) => {
      const invitationId = await insertOrRenew(client, { id: uuidv7(now.getTime()), ...row });
      await check(client);
      const change = changeOf({ id: invitationId, ...row });
      await recordChange({ db: client, clock }, { ...change, action: 'invitation.created' });
      const open = await findOpen(client, invitationId, now);
      if (open !== null) await this.#deps.mailer.enqueue(client, this.#mailOf(open));
      return invitationId;
    });
    return models.Invitation.findByPk(id, { rejectOnEmpty: true });
  }

  #mailOf({ id, accountId, accountName, appName, subscriberName, ...invitation }: OpenInvitation): NewMail {
    const { email, role, invitedBy, expiresAt } = invitation;
    const token = this.#links.sign({ invitationId: id }, LIFETIME_SECONDS);
    const link = `${this.#deps.baseUrl}/invitations/${token}`;
    const common = { accountId, to: [{ address: email, why: 'you were invited' }] };
    return role === null
      ? {
          ...common,
          template: 'subscriber-invitation',
          data: { link, expiresAt, appName: appName ?? accountName, subscriberName: subscriberName ?? '' },
        }
      : { ...common, template: 'team-invitation', data: { link, expiresAt, accountName, role, invitedBy } };
  }
}

/** What the audit log tells of an invitation, but for the action. */
export function changeOf({
  id,
  accountId,
  appId,
  email,
  role,
  subscriptionId,
}: Pick<Invitation, 'id' | 'accountId' | 'appId' | 'email' | 'role' | 'subscriptionId'>) {
  return {
    accountId,
    appId,
    object: { type: 'invitation', id, name: email },
    details: role === null ? { subscription_id: subscriptionId } : { role },
  };
}

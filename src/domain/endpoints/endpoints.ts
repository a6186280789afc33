import type { Sequelize, Transaction } from 'sequelize';
import type { Announcements } from '#src/domain/announcements/announcements.ts';
import type { App } from '#src/domain/apps/app.ts';
import { changeRow } from '#src/infra/database/change-row.ts';
import { conflictAs } from '#src/infra/database/conflict.ts';
import { deleteRow } from '#src/infra/database/delete-row.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { omitUndefined } from '#src/infra/lib/omit-undefined.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { endByDeletion } from '#src/domain/issues/end-issues.ts';
import type { Models } from '#src/domain/models.ts';
import type { AddressPolicy } from '#src/infra/outbound/address-policy.ts';
import type { EndpointRuleChanges, EndpointRules } from '#src/domain/outbound-rules/rules.ts';
import { requireRoom } from '#src/domain/quotas/plan-room.ts';
import { requireTransformation } from '#src/domain/transformations/require-transformation.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import type { Endpoint, EndpointStatus } from './endpoint.ts';
import { ALL_EVENTS, enableEvents } from './enabled-events.ts';
import {
  type EndpointOwner,
  type EndpointWithParents,
  findWithParents,
  listWithParents,
  readWithParents,
} from './endpoint-with-parents.ts';
import { revealRules, rulesAfter, rulesOfNew } from './endpoint-rules.ts';
import { requireFreeHeaders } from './free-headers.ts';
import { sinceAfter } from './endpoint-since.ts';
import { requireRulesRoom } from './rules-room.ts';
import { requireUsableUrls } from './usable-urls.ts';
import { newSecret, secretOwner } from './endpoint-secrets.ts';
import { healthAfter, pauseAfter } from './endpoint-status.ts';
import { tellOfEndpoint, tellOfEndpointUpdate } from './record-endpoint.ts';

/** Fields that are undefined stay as they are. */
export interface EndpointChanges {
  url?: string | undefined;
  version?: string | undefined;
  description?: string | undefined;
  status?: EndpointStatus | undefined;
  uid?: string | null | undefined;
  /** Event types; `'*'` stands for all present and future ones of the app. */
  enabledEvents?: string[] | typeof ALL_EVENTS | undefined;
  /** Seconds between the attempts; null: the app's. */
  retryDelaysSeconds?: number[] | null | undefined;
  rules?: EndpointRuleChanges | undefined;
  /** Whether `auth` and `headers` go along when the URL moves (endpoint-rules.ts); otherwise they are left behind. */
  keepsCredentials?: boolean | undefined;
  /** Whether what it should get waits. */
  isPaused?: boolean | undefined;
  /** Of the same app; null: none. */
  transformationId?: string | null | undefined;
}

interface Dependencies {
  announcements: Announcements;
  models: Models;
  sequelize: Sequelize;
  clock: Clock;
  cipher: Cipher;
  addressPolicy: AddressPolicy;
}

/** The endpoints of subscribers. */
export class Endpoints {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  async listOfApp(app: App, paging: Paging): Promise<EndpointWithParents[]> {
    return listWithParents(this.#deps.models, { accountId: app.accountId, appId: app.id }, paging);
  }

  async listOfSubscription(subscription: Subscription, paging: Paging): Promise<EndpointWithParents[]> {
    const { accountId, id: subscriptionId } = subscription;
    return listWithParents(this.#deps.models, { accountId, subscriptionId }, paging);
  }

  /** The app's endpoint by its id or uid. Throws NotFound. */
  async getOfApp(app: App, endpointId: string): Promise<EndpointWithParents> {
    return this.#get({ accountId: app.accountId, appId: app.id }, endpointId);
  }

  /** The subscription's endpoint by its id or uid. Throws NotFound. */
  async getOfSubscription(subscription: Subscription, endpointId: string): Promise<EndpointWithParents> {
    return this.#get({ accountId: subscription.accountId, subscriptionId: subscription.id }, endpointId);
  }

  async findOfApp(app: App, endpointId: string): Promise<EndpointWithParents | null> {
    return findWithParents(this.#deps.models, { accountId: app.accountId, appId: app.id }, endpointId);
  }

  /** The account's endpoint by its id or uid. Throws NotFound. */
  async getOfAccount(accountId: string, endpointId: string): Promise<EndpointWithParents> {
    return this.#get({ accountId }, endpointId);
  }

  /**
   * Creates an endpoint, by default with a random secret; without `enabledEvents` it receives all events. Throws
   * InvalidInput for a refused URL or an unknown event type, PaymentRequired at the plan's limit, Conflict when the
   * uid is in use, and NotFound when the subscription was deleted. `checkRoom`: what else must hold when it is made, in
   * the transaction that makes it.
   */
  async create(
    subscription: Subscription,
    input: EndpointChanges & { url: string; version: string; secret?: string | undefined },
    checkRoom?: (transaction: Transaction) => Promise<void>,
  ): Promise<EndpointWithParents> {
    this.checkUrls(input);
    const { announcements, clock, cipher, models, sequelize } = this.#deps;
    const { enabledEvents = ALL_EVENTS, secret = newSecret(), rules = {}, ...attributes } = input;
    const id = uuidv7(clock.now());
    return conflictAs(`The app already has an endpoint with the uid ${input.uid ?? ''}.`, () =>
      sequelize.transaction(async (transaction) => {
        await requireRoom(sequelize, { accountId: subscription.accountId, of: 'endpoints', transaction });
        await checkRoom?.(transaction);
        await requireTransformation(transaction, subscription, input.transformationId);
        const { accountId, appId } = subscription;
        await requireFreeHeaders(transaction, { accountId, appId }, rules);
        const columns = rulesOfNew(cipher, { id, rules });
        await requireRulesRoom(transaction, { accountId, appId, id, ...columns });
        const endpoint = await models.Endpoint.create(
          {
            id,
            accountId,
            appId,
            subscriptionId: subscription.id,
            ...omitUndefined(attributes),
            ...columns,
            url: input.url,
            version: input.version,
            secretEncrypted: cipher.encrypt(secret, secretOwner(id)),
          },
          { transaction },
        );
        await enableEvents(models, { endpoint, types: enabledEvents }, transaction);
        await tellOfEndpoint({ db: transaction, clock, announcements }, endpoint, {
          action: 'endpoint.created',
        });
        return readWithParents(models, endpoint, transaction);
      }),
    );
  }

  /**
   * Changes the given fields; a change of `status` also resets the endpoint's health. Throws InvalidInput for a
   * refused URL or an unknown event type, Conflict when the uid is in use, and NotFound when the endpoint was deleted
   * meanwhile.
   */
  async update(endpoint: Endpoint, changes: EndpointChanges): Promise<EndpointWithParents> {
    this.checkUrls(changes);
    const { announcements, cipher, models, clock, sequelize } = this.#deps;
    const {
      enabledEvents: types,
      rules: _rules,
      isPaused,
      keepsCredentials: _keeps,
      ...attributes
    } = changes;
    return conflictAs(`The app already has an endpoint with the uid ${changes.uid ?? ''}.`, () =>
      sequelize.transaction(async (transaction) => {
        await this.#lock(endpoint, transaction);
        await requireTransformation(transaction, endpoint, changes.transformationId);
        await requireFreeHeaders(transaction, endpoint, changes.rules);
        const before = endpoint.status;
        const columns = rulesAfter(cipher, endpoint, changes);
        if (changes.rules !== undefined) {
          const { accountId, appId, id, ruleSecretsEncrypted } = endpoint;
          await requireRulesRoom(transaction, { accountId, appId, id, ruleSecretsEncrypted, ...columns });
        }
        const values = {
          ...omitUndefined(attributes),
          ...healthAfter(endpoint, changes.status, clock),
          ...columns,
          ...pauseAfter(endpoint, isPaused, clock),
        };
        const since = sinceAfter(endpoint, values, clock);
        const changed = await changeRow(endpoint, { ...values, ...since }, transaction);
        if (types !== undefined && (await enableEvents(models, { endpoint, types }, transaction))) {
          changed.push('enabled_events');
        }
        await tellOfEndpointUpdate({ db: transaction, clock, announcements }, endpoint, { before, changed });
        return readWithParents(models, endpoint, transaction);
      }),
    );
  }

  async delete(endpoint: Endpoint): Promise<void> {
    const { announcements, models, clock, sequelize } = this.#deps;
    await sequelize.transaction(async (transaction) => {
      await deleteRow(models.Endpoint, endpoint, transaction);
      const deleted = { accountId: endpoint.accountId, endpointId: endpoint.id };
      await endByDeletion({ db: transaction, announcements }, deleted, new Date(clock.now()));
      await tellOfEndpoint({ db: transaction, clock, announcements }, endpoint, {
        action: 'endpoint.deleted',
      });
    });
  }

  /** The signing secret in plain text, as the subscriber configures it. */
  revealSecret(endpoint: Endpoint): string {
    return this.#deps.cipher.decrypt(endpoint.secretEncrypted, secretOwner(endpoint.id));
  }

  /** The rules with their secrets, for who may have them; with masks where these cannot be decrypted. */
  revealRules(endpoint: Endpoint): EndpointRules {
    return revealRules(this.#deps.cipher, endpoint);
  }

  /** Throws PaymentRequired when the account has reached its plan's number of endpoints. */
  async requireQuota(accountId: string): Promise<void> {
    await requireRoom(this.#deps.sequelize, { accountId, of: 'endpoints' });
  }

  /** Throws InvalidInput when the address policy refuses an address that we would send to. */
  checkUrls(changes: Pick<EndpointChanges, 'url' | 'rules'>): void {
    requireUsableUrls(this.#deps.addressPolicy, changes);
  }

  /**
   * Locks the row and reads it again, so that of two changes at once each sees the other's. Throws NotFound when it was
   * deleted.
   */
  async #lock(endpoint: Endpoint, transaction: Transaction): Promise<void> {
    const { accountId, id } = endpoint;
    const lock = transaction.LOCK.NO_KEY_UPDATE;
    const found = await this.#deps.models.Endpoint.findOne({ where: { accountId, id }, lock, transaction });
    if (found === null) throw new NotFound(`The endpoint ${id} was deleted meanwhile.`);
    endpoint.set(found.get(), { raw: true });
  }

  async #get(where: EndpointOwner, endpointId: string): Promise<EndpointWithParents> {
    const endpoint = await findWithParents(this.#deps.models, where, endpointId);
    if (endpoint === null) throw new NotFound(`There is no endpoint ${endpointId} here.`);
    return endpoint;
  }
}

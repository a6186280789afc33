import type { Order, Sequelize, Transaction } from 'sequelize';
import { type Change, recordChange } from '#src/domain/audit/record-change.ts';
import { changeRow } from '#src/infra/database/change-row.ts';
import { conflictAs } from '#src/infra/database/conflict.ts';
import { deleteRow } from '#src/infra/database/delete-row.ts';
import { findNewestFirst } from '#src/infra/database/newest-first.ts';
import type { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { omitUndefined } from '#src/infra/lib/omit-undefined.ts';
import { InvalidInput, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Models } from '#src/domain/models.ts';
import { requireWithin, withinRoom } from '#src/domain/quotas/plan-room.ts';
import type { App } from './app.ts';
import { notOf } from './demo-app.ts';
import { checkEventSchemas, NO_SAMPLE } from './schema-versions.ts';
import { EVENT_HEAD, type EventHead, type WebhookEvent } from './webhook-event.ts';

/** Fields that are undefined stay as they are. */
export interface WebhookEventChanges {
  eventType?: string | undefined;
  description?: string | undefined;
  samplePayloadText?: string | undefined;
  schema?: JsonValue | undefined;
  versionsText?: string | undefined;
  enforce?: boolean | undefined;
  broadcast?: boolean | undefined;
}

interface Dependencies {
  sequelize: Sequelize;
  models: Models;
  clock: Clock;
  schemaChecker: SchemaChecker;
}

/** The event types of an app. */
export class WebhookEvents {
  readonly #sequelize: Sequelize;
  readonly #models: Models;
  readonly #clock: Clock;
  readonly #schemaChecker: SchemaChecker;

  constructor({ sequelize, models, clock, schemaChecker }: Dependencies) {
    this.#sequelize = sequelize;
    this.#models = models;
    this.#clock = clock;
    this.#schemaChecker = schemaChecker;
  }

  async list(app: App, paging: Paging): Promise<WebhookEvent[]> {
    return findNewestFirst({ model: this.#models.WebhookEvent, where: ownedBy(app) }, paging);
  }

  /** All events of the app, ordered by type. */
  async all(app: AppKey): Promise<EventHead[]> {
    const query = { where: ownedBy(app), attributes: EVENT_HEAD, order: BY_TYPE };
    return this.#models.WebhookEvent.unscoped().findAll(query);
  }

  /** The first event types of the app by name, at most so many. */
  async types(app: AppKey, limit: number): Promise<string[]> {
    const query = { where: ownedBy(app), attributes: ['eventType'], order: BY_TYPE, limit };
    const events = await this.#models.WebhookEvent.unscoped().findAll(query);
    return events.map(({ eventType }) => eventType);
  }

  /** The app's event with the id; the first by name without an id, or when the app has none with it. Null: no event. */
  async firstOrAsked(app: AppKey, id: string | undefined): Promise<WebhookEvent | null> {
    const { WebhookEvent } = this.#models;
    const asked =
      id !== undefined && isUuid(id) ? await WebhookEvent.findOne({ where: { ...ownedBy(app), id } }) : null;
    return asked ?? WebhookEvent.findOne({ where: ownedBy(app), order: BY_TYPE });
  }

  /** The account's first webhook event, but for those of one app; null without any. */
  async oldest(accountId: string, except: App | null = null): Promise<WebhookEvent | null> {
    const where = { accountId, ...notOf(except, 'appId') };
    return this.#models.WebhookEvent.findOne({ where, order: [['id', 'ASC']] });
  }

  /** Throws NotFound when the app has no event with this id, also for an event type. */
  async get(app: App, id: string): Promise<WebhookEvent> {
    const event = isUuid(id)
      ? await this.#models.WebhookEvent.findOne({ where: { ...ownedBy(app), id } })
      : null;
    if (event === null) {
      const byWhat = isUuid(id) ? '' : ' A webhook event is addressed by its id, and not by its type.';
      throw new NotFound(`The app has no webhook event with the id ${id}.${byWhat}`);
    }
    return event;
  }

  /** Throws InvalidInput when the app has no event of this type. */
  async getByType(app: AppKey, eventType: string): Promise<WebhookEvent> {
    const event = await this.#models.WebhookEvent.findOne({ where: { ...ownedBy(app), eventType } });
    if (event !== null) return event;
    const message = `The app has no webhook event "${eventType}".`;
    throw new InvalidInput(message, {
      code: 'unknown_event_type',
      details: [{ path: 'event_type', message }],
    });
  }

  /**
   * Throws Conflict when the app has the event type, InvalidInput like {@link checkEventSchemas}, PaymentRequired when
   * the plan has no room.
   */
  async create(app: App, input: WebhookEventChanges & { eventType: string }): Promise<WebhookEvent> {
    const fields = {
      description: '',
      samplePayloadText: NO_SAMPLE,
      schema: null,
      versionsText: '[]',
      enforce: false,
      broadcast: true,
      ...omitUndefined(input),
    };
    await checkEventSchemas(this.#schemaChecker, app.accountId, fields);
    return conflictAs(`The app already has a webhook event ${input.eventType}.`, () =>
      withinRoom(this.#sequelize, { accountId: app.accountId, of: 'eventTypes' }, async (transaction) => {
        const event = this.#models.WebhookEvent.build({
          id: uuidv7(this.#clock.now()),
          ...ownedBy(app),
          ...fields,
          eventType: input.eventType,
        });
        // The driver would parse the JSON columns of a returned row.
        await event.save({ returning: false, transaction });
        await this.#requireSchemaRoom(app.accountId, transaction);
        await this.#record(transaction, event, { action: 'webhook_event.created' });
        return event;
      }),
    );
  }

  /** Throws Conflict when the app has the new event type, and InvalidInput like {@link checkEventSchemas}. */
  async update(event: WebhookEvent, changes: WebhookEventChanges): Promise<WebhookEvent> {
    const { schema, versionsText, enforce, samplePayloadText } = changes;
    if ([schema, versionsText, enforce, samplePayloadText].some((change) => change !== undefined)) {
      const { schema: of, samplePayloadText: sample, versionsText: versions, enforce: does } = event;
      const now = { schema: of ?? null, samplePayloadText: sample, versionsText: versions, enforce: does };
      await checkEventSchemas(this.#schemaChecker, event.accountId, {
        ...now,
        ...omitUndefined({ schema, versionsText, enforce, samplePayloadText }),
      });
    }
    return conflictAs(`The app already has a webhook event ${changes.eventType ?? ''}.`, () =>
      this.#sequelize.transaction(async (transaction) => {
        const changed = await changeRow(event, omitUndefined(changes), transaction);
        if (schema !== undefined || versionsText !== undefined) {
          await this.#requireSchemaRoom(event.accountId, transaction);
        }
        if (changed.length > 0)
          await this.#record(transaction, event, { action: 'webhook_event.updated', details: { changed } });
        return event;
      }),
    );
  }

  async #requireSchemaRoom(accountId: string, transaction: Transaction): Promise<void> {
    await requireWithin(this.#sequelize, { accountId, of: 'schemaKilobytes', transaction });
  }

  /** Also removes the event from the endpoints that list it by name. */
  async delete(event: WebhookEvent): Promise<void> {
    await this.#sequelize.transaction(async (transaction) => {
      await deleteRow(this.#models.WebhookEvent, event, transaction);
      await this.#record(transaction, event, { action: 'webhook_event.deleted' });
    });
  }

  async #record(
    db: Transaction,
    event: WebhookEvent,
    deed: Pick<Change, 'action' | 'details'>,
  ): Promise<void> {
    const { accountId, appId, id, eventType: name } = event;
    const object = { type: 'webhook_event', id, name };
    await recordChange({ db, clock: this.#clock }, { ...deed, accountId, object, appId });
  }
}

const BY_TYPE: Order = [['eventType', 'ASC']];

type AppKey = Pick<App, 'accountId' | 'id'>;

const ownedBy = (app: AppKey) => ({ accountId: app.accountId, appId: app.id });

import { conflictAs } from '#src/infra/database/conflict.ts';
import { findNewestFirst } from '#src/infra/database/newest-first.ts';
import type { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { omitUndefined } from '#src/infra/lib/omit-undefined.ts';
import { InvalidInput, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { Models } from '#src/domain/models.ts';
import type { App } from './app.ts';
import { checkEventSchemas } from './event-schemas.ts';
import type { WebhookEvent } from './webhook-event.ts';

export interface WebhookEventChanges {
  eventType?: string | undefined;
  description?: string | undefined;
  samplePayloadText?: string | undefined;
  schema?: JsonValue | undefined;
  versionsText?: string | undefined;
  enforce?: boolean | undefined;
}

interface Dependencies {
  models: Models;
  clock: Clock;
  schemaChecker: SchemaChecker;
}

/** The kinds of event that an app sends. */
export class WebhookEvents {
  readonly #models: Models;
  readonly #clock: Clock;
  readonly #schemaChecker: SchemaChecker;

  constructor({ models, clock, schemaChecker }: Dependencies) {
    this.#models = models;
    this.#clock = clock;
    this.#schemaChecker = schemaChecker;
  }

  async list(app: App, paging: Paging): Promise<WebhookEvent[]> {
    return findNewestFirst({ model: this.#models.WebhookEvent, where: ownedBy(app) }, paging);
  }

  async all(app: AppKey): Promise<WebhookEvent[]> {
    return this.#models.WebhookEvent.findAll({ where: ownedBy(app), order: [['eventType', 'ASC']] });
  }

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

  /** The event of this type. Throws InvalidInput when the app has none. */
  async getByType(app: AppKey, eventType: string): Promise<WebhookEvent> {
    const event = await this.#models.WebhookEvent.findOne({ where: { ...ownedBy(app), eventType } });
    if (event !== null) return event;
    const message = `The app has no webhook event "${eventType}".`;
    throw new InvalidInput(message, {
      code: 'unknown_event_type',
      details: [{ path: 'event_type', message }],
    });
  }

  async create(app: App, input: WebhookEventChanges & { eventType: string }): Promise<WebhookEvent> {
    const fields = {
      description: '',
      samplePayloadText: '{}',
      schema: null,
      versionsText: '[]',
      enforce: false,
      ...omitUndefined(input),
    };
    await checkEventSchemas(this.#schemaChecker, app.accountId, fields);
    return conflictAs(`The app already has a webhook event ${input.eventType}.`, () =>
      this.#models.WebhookEvent.build({
        id: uuidv7(this.#clock.now()),
        ...ownedBy(app),
        ...fields,
        eventType: input.eventType,
        // What the driver returned of the sample would be parsed.
      }).save({ returning: false }),
    );
  }

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
      event.update(omitUndefined(changes)),
    );
  }

  /** Endpoints that receive it one by one stop to. */
  async delete(event: WebhookEvent): Promise<void> {
    await event.destroy();
  }
}

/** Enough of an app to find what it owns. */
type AppKey = Pick<App, 'accountId' | 'id'>;

const ownedBy = (app: AppKey) => ({ accountId: app.accountId, appId: app.id });

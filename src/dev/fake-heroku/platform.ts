import { type Clock, systemClock } from '#src/infra/lib/clock.ts';
import { addAddOn, configure, renameAddOn } from './add-ons.ts';
import { announce, type Announcement } from './announce.ts';
import { ensureApp, renameApp, transferApp } from './apps.ts';
import { attach, detach, requireAttachment } from './attachments.ts';
import type { Change } from './change.ts';
import { deliverDue } from './deliver-webhooks.ts';
import { findAddOn, requireAddOn, requireApp } from './find.ts';
import { createGrant } from './grants.ts';
import { addCollaborator, personOf, removeCollaborator } from './people.ts';
import { SERVICE } from './service.ts';
import { type AddOn, ME, type World } from './world.ts';
import { WorldInMemory, type WorldStore } from './world-store.ts';

/** The actor of changes that the provider's requests make. */
const PROVIDER = `${SERVICE.id}@addons.heroku.com`;

interface PlatformOptions {
  /** The store of the world; memory by default. */
  state?: WorldStore;
  clock?: Clock;
  /** Before the second attempt of a delivery at level `sync`; doubled for each further attempt. */
  webhookRetryDelayMs?: number;
}

const DEFAULT_RETRY_DELAY_MS = 1000;

/**
 * Heroku as its customers change it. Every change sends the add-on webhooks that the real Heroku sends, and resolves
 * after their first attempts. Apps and add-ons are identified by name or id.
 */
export class Platform {
  readonly store: WorldStore;
  readonly clock: Clock;
  readonly #retryDelayMs: number;

  constructor({
    state,
    clock = systemClock,
    webhookRetryDelayMs = DEFAULT_RETRY_DELAY_MS,
  }: PlatformOptions = {}) {
    this.store = state ?? new WorldInMemory();
    this.clock = clock;
    this.#retryDelayMs = webhookRetryDelayMs;
  }

  read(): Promise<World> {
    return this.store.read();
  }

  /** Makes a change as the person `by`, and sends the webhooks that the change announces. */
  async change<T>(work: (change: Change) => T, by: string = ME.email): Promise<T> {
    const result = await this.alter(work, by);
    await this.deliverWebhooks();
    return result;
  }

  /**
   * Makes a change without waiting for its webhooks, because their receiver may be the provider that waits for an
   * answer.
   */
  alter<T>(work: (change: Change) => T, by: string = PROVIDER): Promise<T> {
    return this.store.update((world) => work({ world, nowMs: this.clock.now(), actor: personOf(world, by) }));
  }

  /** Makes the due webhook attempts. */
  deliverWebhooks(): Promise<void> {
    return deliverDue({ store: this.store, clock: this.clock, retryDelayMs: this.#retryDelayMs });
  }

  /** Adds an add-on without a provision request, for a resource that the provider has, or will have, with this uuid. */
  ensureAddOn({ uuid, name, app }: { uuid: string; name?: string; app?: string }): Promise<AddOn> {
    return this.change((change) => ensureAddOn(change, { uuid, name, app }));
  }

  /** The `oauth_grant` of a provision request; creates the add-on unless one with this uuid exists. */
  createGrant(uuid: string) {
    return this.change((change) => createGrant(change, ensureAddOn(change, { uuid })));
  }

  renameApp(app: string, name: string): Promise<void> {
    return this.change((change) => renameApp(change, requireApp(change.world, app), name));
  }

  /** `recipient` is a collaborator's address or the name of a team. */
  transferApp(app: string, recipient: string): Promise<void> {
    return this.change((change) => transferApp(change, requireApp(change.world, app), recipient));
  }

  addCollaborator(app: string, email: string): Promise<void> {
    return this.change((change) => addCollaborator(change, requireApp(change.world, app), email));
  }

  removeCollaborator(app: string, email: string): Promise<void> {
    return this.change((change) => removeCollaborator(change, requireApp(change.world, app), email));
  }

  renameAddOn(addOn: string, name: string): Promise<void> {
    return this.change((change) => renameAddOn(change, requireAddOn(change.world, addOn), name));
  }

  async attach(addOn: string, { app, as }: { app: string; as?: string }): Promise<void> {
    await this.change((change) => {
      attach(change, requireAddOn(change.world, addOn), { app: ensureApp(change, app), as });
    });
  }

  detach(app: string, attachment: string): Promise<void> {
    return this.change((change) => {
      const { world } = change;
      const found = requireAttachment(world, requireApp(world, app), attachment);
      detach(change, requireAddOn(world, found.addOnId), found);
    });
  }

  configure(addOn: string, config: Record<string, string | null>): Promise<void> {
    return this.change((change) => configure(change, requireAddOn(change.world, addOn), config));
  }

  /** The config vars of the add-on, by their names in the manifest. */
  async configOf(addOn: string): Promise<Record<string, string>> {
    return requireAddOn(await this.read(), addOn).config;
  }

  /** The access tokens of the add-on stop working; refreshing them still does. */
  expireTokens(addOn: string): Promise<void> {
    return this.change(({ world }) => {
      const { uuid } = requireAddOn(world, addOn);
      for (const authorization of world.authorizations) {
        if (authorization.addOnId === uuid) authorization.expiresAtMs = 0;
      }
    });
  }

  /** The add-on's authorization is withdrawn: neither token nor refresh works. */
  revokeTokens(addOn: string): Promise<void> {
    return this.change(({ world }) => {
      const { uuid } = requireAddOn(world, addOn);
      world.authorizations = world.authorizations.filter(({ addOnId }) => addOnId !== uuid);
    });
  }

  /** Sends any event to the webhooks of the add-on, for tests. */
  async sendWebhook(addOn: string, announcement: Announcement): Promise<void> {
    await this.change((change) => announce(change, [requireAddOn(change.world, addOn)], announcement));
  }
}

function ensureAddOn(
  change: Change,
  given: { uuid: string; name?: string | undefined; app?: string | undefined },
) {
  const { uuid, app = change.world.ownApp } = given;
  const known = findAddOn(change.world, uuid);
  if (known !== undefined) return known;
  const name = given.name ?? `hosted-hooks-round-${uuid.slice(0, 8)}`;
  const addOn = addAddOn(change, { uuid, name, plan: 'hobby', app: ensureApp(change, app) });
  addOn.state = 'provisioned';
  return addOn;
}

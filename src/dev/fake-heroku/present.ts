import { priceInCents } from '#src/dev/heroku-cli/plans.ts';
import { timeOf } from './change.ts';
import { attachmentsOf, requireApp } from './find.ts';
import { SERVICE } from './service.ts';
import type { AddOn, App, Attachment, Delivery, Person, Team, Webhook, World } from './world.ts';

// The shapes of Heroku's Platform API, version 3.

const SERVICE_ID = 'a4d9fe8b-6200-4de1-9132-2d9f7654f784';
const REGION = { id: '59accabd-516d-4f0e-83e6-6e3757701145', name: 'us' };
const STACK = { id: '2d3a4b5c-6d7e-4f80-9a1b-2c3d4e5f6071', name: 'heroku-24' };

export function presentAddOn(world: World, addOn: AddOn) {
  const app = requireApp(world, addOn.appId);
  const attachment = attachmentsOf(world, addOn).find(({ appId }) => appId === app.id);
  return {
    actions: [],
    addon_service: { id: SERVICE_ID, name: SERVICE.id },
    app: reference(app),
    billed_price: { cents: priceInCents(addOn.plan), contract: false, unit: 'month' },
    billing_entity: { ...reference(app), type: 'app' },
    config_vars: attachment === undefined ? [] : Object.keys(configUnder(attachment.name, addOn)),
    created_at: addOn.installedAt,
    id: addOn.uuid,
    name: addOn.name,
    plan: { id: addOn.plan, name: `${SERVICE.id}:${addOn.plan}` },
    provider_id: addOn.uuid,
    state: addOn.state,
    updated_at: addOn.updatedAt,
    web_url: webUrl(app, addOn),
  };
}

/** The add-on's config vars under the names that they have on an app whose attachment is called `name`. */
export function configUnder(name: string, { config }: AddOn): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [`${name}${key.slice(SERVICE.prefix.length)}`, value]),
  );
}

export function presentAttachment(world: World, attachment: Attachment, addOn: AddOn) {
  const app = requireApp(world, attachment.appId);
  const owner = requireApp(world, addOn.appId);
  return {
    addon: { app: reference(owner), id: addOn.uuid, name: addOn.name },
    app: reference(app),
    created_at: attachment.createdAt,
    id: attachment.id,
    log_input_url: null,
    name: attachment.name,
    namespace: null,
    updated_at: attachment.createdAt,
    web_url: webUrl(app, addOn),
  };
}

export function presentApp(world: World, app: App) {
  const team = world.teams.find(({ id }) => id === app.teamId) ?? null;
  return {
    archived_at: null,
    build_stack: STACK,
    created_at: app.createdAt,
    generation: { name: 'cedar' },
    git_url: `https://git.heroku.com/${app.name}.git`,
    id: app.id,
    internal_routing: null,
    maintenance: false,
    name: app.name,
    organization: team && reference(team),
    owner: ownerOf(world, app),
    region: REGION,
    released_at: app.updatedAt,
    space: null,
    stack: STACK,
    team: team && reference(team),
    updated_at: app.updatedAt,
    web_url: webAddress(app),
  };
}

/** The owner of the app. Heroku invents an address for a team, which nobody reads. */
export function ownerOf(world: World, app: App): Person {
  const team = world.teams.find(({ id }) => id === app.teamId);
  if (team !== undefined) return { id: team.id, email: `${team.name}@herokumanager.com` };
  return world.people.find(({ id }) => id === app.ownerId) ?? { id: '', email: '' };
}

export function webAddress({ name }: Pick<App, 'name'>): string {
  return `https://${name}.herokuapp.com/`;
}

export function presentCollaborator(app: App, given: { id: string; person: Person; role: string }) {
  const { email, id } = given.person;
  return {
    app: reference(app),
    created_at: app.createdAt,
    id: given.id,
    permissions: [{ description: 'Can deploy and manage the app.', name: 'deploy' }],
    role: given.role,
    updated_at: app.updatedAt,
    user: { email, federated: false, id },
  };
}

export function presentMember({ id, email, role }: Team['members'][number]) {
  return {
    email,
    federated: false,
    id,
    role,
    two_factor_authentication: true,
    user: { email, id, name: null },
  };
}

export function presentWebhook({ addOns }: World, webhook: Webhook) {
  const addOn = addOns.find(({ uuid }) => uuid === webhook.addOnId);
  return {
    addon: { id: webhook.addOnId, name: addOn?.name ?? '' },
    created_at: webhook.createdAt,
    id: webhook.id,
    include: webhook.include,
    level: webhook.level,
    updated_at: webhook.createdAt,
    url: webhook.url,
  };
}

export function presentDelivery(delivery: Delivery, webhook: Webhook) {
  const { attempts, createdAt, event, id, lastCode, nextAttemptAtMs, status } = delivery;
  return {
    created_at: createdAt,
    event: { id: event['id'], include: event['include'] },
    id,
    last_attempt: attempts === 0 ? null : { code: lastCode, error_class: null, status: status },
    next_attempt_at: nextAttemptAtMs === null ? null : timeOf(nextAttemptAtMs),
    num_attempts: attempts,
    status,
    updated_at: createdAt,
    webhook: { id: webhook.id, level: webhook.level },
  };
}

function reference({ id, name }: { id: string; name: string }): { id: string; name: string } {
  return { id, name };
}

function webUrl(app: App, addOn: AddOn): string {
  return `https://addons-sso.heroku.com/apps/${app.id}/addons/${addOn.uuid}`;
}

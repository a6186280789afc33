import { announce } from './announce.ts';
import { attach } from './attachments.ts';
import { type Change, timeOf } from './change.ts';
import { attachmentsOf, findAddOn, requireApp } from './find.ts';
import { presentAddOn } from './present.ts';
import { invalid } from './refusal.ts';
import { SERVICE } from './service.ts';
import type { AddOn, App } from './world.ts';

interface NewAddOn {
  uuid: string;
  name: string;
  plan: string;
  app: App;
  as?: string | undefined;
}

/** Adds an add-on in the state `provisioning`, attached to `app`. Throws Refusal when the name is taken. */
export function addAddOn(change: Change, { uuid, name, plan, app, as }: NewAddOn): AddOn {
  const { world, nowMs } = change;
  if (findAddOn(world, name) !== undefined) throw invalid(`Name ${name} is already taken`);
  const at = timeOf(nowMs);
  const addOn: AddOn = {
    uuid,
    name,
    appId: app.id,
    plan,
    state: 'provisioning',
    config: {},
    installedAt: at,
    updatedAt: at,
  };
  world.addOns.push(addOn);
  attach(change, addOn, { app, as });
  return addOn;
}

/** Sets config vars; null removes one. Every app that the add-on is attached to gets a new release. */
export function configure(change: Change, addOn: AddOn, config: Record<string, string | null>): void {
  const { world } = change;
  for (const [name, value] of Object.entries(config)) {
    if (!SERVICE.configVars.includes(name)) {
      throw invalid(`Config var ${name} is not declared in the manifest of ${SERVICE.id}.`);
    }
    if (value === null) Reflect.deleteProperty(addOn.config, name);
    else addOn.config[name] = value;
  }
  for (const { appId } of attachmentsOf(world, addOn)) requireApp(world, appId).release += 1;
  announceUpdate(change, addOn, {});
}

export function setState(change: Change, addOn: AddOn, state: AddOn['state']): void {
  const previous = { state: addOn.state };
  addOn.state = state;
  announceUpdate(change, addOn, previous);
}

export function changePlan(change: Change, addOn: AddOn, plan: string): void {
  const previous = { plan: { name: `${SERVICE.id}:${addOn.plan}` } };
  addOn.plan = plan;
  announceUpdate(change, addOn, previous);
}

export function renameAddOn(change: Change, addOn: AddOn, name: string): void {
  if (findAddOn(change.world, name) !== undefined) throw invalid(`Name ${name} is already taken`);
  const previous = { name: addOn.name };
  addOn.name = name;
  announceUpdate(change, addOn, previous);
}

/** Removes the add-on with its attachments, tokens and webhooks. */
export function removeAddOn({ world }: Change, { uuid }: AddOn): void {
  const isOther = ({ addOnId }: { addOnId: string }) => addOnId !== uuid;
  world.addOns = world.addOns.filter((addOn) => addOn.uuid !== uuid);
  world.attachments = world.attachments.filter(isOther);
  world.grants = world.grants.filter(isOther);
  world.authorizations = world.authorizations.filter(isOther);
  world.webhooks = world.webhooks.filter(isOther);
  const webhooks = new Set(world.webhooks.map(({ id }) => id));
  world.deliveries = world.deliveries.filter(({ webhookId }) => webhooks.has(webhookId));
}

function announceUpdate(change: Change, addOn: AddOn, previousData: object): void {
  addOn.updatedAt = timeOf(change.nowMs);
  const data = presentAddOn(change.world, addOn);
  announce(change, [addOn], { include: 'api:addon', action: 'update', data, previousData });
}

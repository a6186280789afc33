import { notFound } from './refusal.ts';
import type { AddOn, App, Attachment, World } from './world.ts';

/** `word`: an id or a name, which the Platform API takes alike. */
export function findApp({ apps }: World, word: string): App | undefined {
  return apps.find(({ id, name }) => id === word || name === word);
}

export function requireApp(world: World, word: string): App {
  const app = findApp(world, word);
  if (app === undefined) throw notFound('app');
  return app;
}

export function findAddOn({ addOns }: World, word: string): AddOn | undefined {
  return addOns.find(({ uuid, name }) => uuid === word || name === word);
}

export function requireAddOn(world: World, word: string): AddOn {
  const addOn = findAddOn(world, word);
  if (addOn === undefined) throw notFound('add-on');
  return addOn;
}

export function attachmentsOf({ attachments }: World, addOn: AddOn): Attachment[] {
  return attachments.filter(({ addOnId }) => addOnId === addOn.uuid);
}

export function addOnsAttachedTo({ addOns, attachments }: World, app: App): AddOn[] {
  const ids = new Set(attachments.filter(({ appId }) => appId === app.id).map(({ addOnId }) => addOnId));
  return addOns.filter(({ uuid }) => ids.has(uuid));
}

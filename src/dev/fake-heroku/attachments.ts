import { randomUUID } from 'node:crypto';
import { announce } from './announce.ts';
import { type Change, timeOf } from './change.ts';
import { requireApp } from './find.ts';
import { configUnder, presentAttachment } from './present.ts';
import { invalid, notFound } from './refusal.ts';
import { SERVICE } from './service.ts';
import type { AddOn, App, Attachment, World } from './world.ts';

const COLORS = ['AMBER', 'BLUE', 'CYAN', 'GREEN', 'ONYX', 'PINK', 'RED', 'WHITE'];
const NAME = /^[A-Z][A-Z0-9_]*$/;

/** Attaches the add-on to `app`, which gets the add-on's config vars. `as`: the name of the attachment. */
export function attach(
  change: Change,
  addOn: AddOn,
  { app, as }: { app: App; as?: string | undefined },
): Attachment {
  const { world, nowMs } = change;
  const attachment: Attachment = {
    id: randomUUID(),
    addOnId: addOn.uuid,
    appId: app.id,
    name: freeName(world, app, as),
    createdAt: timeOf(nowMs),
  };
  world.attachments.push(attachment);
  app.release += 1;
  announce(change, [addOn], {
    include: 'api:addon-attachment',
    action: 'create',
    data: presentAttachment(world, attachment, addOn),
  });
  return attachment;
}

export function detach(change: Change, addOn: AddOn, attachment: Attachment): void {
  const { world } = change;
  if (world.attachments.filter(({ addOnId }) => addOnId === addOn.uuid).length === 1) {
    throw invalid(
      `Cannot remove the last attachment of ${addOn.name}: remove the add-on with addons:destroy.`,
    );
  }
  const data = presentAttachment(world, attachment, addOn);
  world.attachments = world.attachments.filter(({ id }) => id !== attachment.id);
  requireApp(world, attachment.appId).release += 1;
  announce(change, [addOn], { include: 'api:addon-attachment', action: 'destroy', data });
}

export function requireAttachment({ attachments }: World, app: App, word: string): Attachment {
  const found = attachments.find(({ appId, id, name }) => appId === app.id && (id === word || name === word));
  if (found === undefined) throw notFound('add-on attachment');
  return found;
}

export function configVarsOf({ addOns, attachments }: World, app: App): Record<string, string> {
  const own = attachments.filter(({ appId }) => appId === app.id);
  const pairs = own.flatMap(({ addOnId, name }) =>
    addOns
      .filter(({ uuid }) => uuid === addOnId)
      .flatMap((addOn) => Object.entries(configUnder(name, addOn))),
  );
  return Object.fromEntries(pairs);
}

/** `wanted`, or a free name as Heroku chooses it: the service's prefix, with a colour from the second add-on on. */
function freeName({ attachments }: World, app: App, wanted: string | undefined): string {
  const taken = attachments.filter(({ appId }) => appId === app.id).map(({ name }) => name);
  if (wanted !== undefined && !NAME.test(wanted)) {
    throw invalid('Name must be upper-case letters, digits and underscores, a letter first.');
  }
  if (wanted !== undefined && taken.includes(wanted)) {
    throw invalid(`An add-on is already attached to ⬢ ${app.name} as ${wanted}.`);
  }
  const names = [SERVICE.prefix, ...COLORS.map((color) => `${SERVICE.prefix}_${color}`)];
  const name = wanted ?? names.find((candidate) => !taken.includes(candidate));
  if (name === undefined) throw invalid('Every attachment name is taken: choose one with --as NAME.');
  return name;
}

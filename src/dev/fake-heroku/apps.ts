import { randomUUID } from 'node:crypto';
import { announce } from './announce.ts';
import { type Change, timeOf } from './change.ts';
import { addOnsAttachedTo, findApp } from './find.ts';
import { ensureTeam, peopleOf, personOf } from './people.ts';
import { ownerOf, presentApp } from './present.ts';
import { invalid } from './refusal.ts';
import type { App } from './world.ts';

const NAME = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/;

/** The app with a name. An unknown name creates an app that the actor owns. */
export function ensureApp({ world, nowMs, actor }: Change, name: string): App {
  const known = findApp(world, name);
  if (known !== undefined) return known;
  requireName(name);
  const owner = personOf(world, actor.email);
  const at = timeOf(nowMs);
  const app: App = {
    id: randomUUID(),
    name,
    ownerId: owner.id,
    teamId: null,
    collaborators: [],
    createdAt: at,
    updatedAt: at,
    release: 3,
  };
  world.apps.push(app);
  return app;
}

export function renameApp(change: Change, app: App, name: string): void {
  requireName(name);
  if (findApp(change.world, name) !== undefined) throw invalid(`Name ${name} is already taken`);
  const { name: previous } = app;
  app.name = name;
  if (change.world.ownApp === previous) change.world.ownApp = name;
  announceUpdate(change, app, { name: previous });
}

/** `recipient`: the address of a person or the name of a team. The former owner becomes a collaborator. */
export function transferApp(change: Change, app: App, recipient: string): void {
  const { world } = change;
  const previous = { owner: ownerOf(world, app) };
  const former = app.ownerId;
  if (recipient.includes('@')) {
    const person = personOf(world, recipient);
    if (!peopleOf(world, app).some(({ id }) => id === person.id)) {
      throw invalid(`${recipient} must be a collaborator on ${app.name} first: access:add ${recipient}`);
    }
    app.collaborators = app.collaborators.filter(({ personId }) => personId !== person.id);
    app.ownerId = person.id;
    app.teamId = null;
  } else {
    app.teamId = ensureTeam(change, recipient).id;
    app.ownerId = null;
  }
  if (former !== null && former !== app.ownerId) {
    app.collaborators.push({ id: randomUUID(), personId: former });
  }
  announceUpdate(change, app, previous);
}

function announceUpdate(change: Change, app: App, previousData: object): void {
  const { world } = change;
  app.updatedAt = timeOf(change.nowMs);
  const data = presentApp(world, app);
  announce(change, addOnsAttachedTo(world, app), {
    include: 'api:app',
    action: 'update',
    data,
    previousData,
  });
}

function requireName(name: string): void {
  if (NAME.test(name)) return;
  throw invalid(
    'Name must start with a letter, end with a letter or digit and can only contain lowercase letters, digits, and dashes.',
  );
}

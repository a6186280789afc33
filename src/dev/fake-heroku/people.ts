import { createHash, randomUUID } from 'node:crypto';
import { announce } from './announce.ts';
import type { Change } from './change.ts';
import { addOnsAttachedTo } from './find.ts';
import { presentCollaborator } from './present.ts';
import { invalid, notFound } from './refusal.ts';
import type { App, Person, Team, World } from './world.ts';

const LOOKS_LIKE_MAIL = /^[^\s@]+@[^\s@]+$/;

/** The person with an email address. The id is derived from the address, so it is stable without a registration. */
export function personOf(world: World, email: string): Person {
  if (!LOOKS_LIKE_MAIL.test(email)) throw invalid(`${email} is not an email address.`);
  const known = world.people.find((person) => person.email === email);
  if (known !== undefined) return known;
  const person = { id: uuidOf(email), email };
  world.people.push(person);
  return person;
}

/** Everybody who may open the add-ons of an app, with their role at Heroku. */
export function peopleOf(world: World, app: App): (Person & { role: string })[] {
  const team = teamOf(world, app);
  const owner = world.people
    .filter(({ id }) => id === app.ownerId)
    .map((person) => ({ ...person, role: 'owner' }));
  const collaborators = app.collaborators.flatMap(({ personId }) =>
    world.people.filter(({ id }) => id === personId).map((person) => ({ ...person, role: 'collaborator' })),
  );
  return [...owner, ...collaborators, ...(team?.members ?? [])];
}

function teamOf(world: World, app: App): Team | null {
  return world.teams.find(({ id }) => id === app.teamId) ?? null;
}

/** The team with a name. A new team is created with the actor as its admin. */
export function ensureTeam({ world, actor }: Change, name: string): Team {
  const known = world.teams.find((team) => team.name === name);
  if (known !== undefined) return known;
  const team: Team = { id: randomUUID(), name, members: [{ ...actor, role: 'admin' }] };
  world.teams.push(team);
  return team;
}

export function addCollaborator(change: Change, app: App, email: string): void {
  const { world } = change;
  const person = personOf(world, email);
  if (peopleOf(world, app).some(({ id }) => id === person.id)) {
    throw invalid(`${email} is already a collaborator on app ${app.name}.`);
  }
  const collaborator = { id: randomUUID(), personId: person.id };
  app.collaborators.push(collaborator);
  announce(change, addOnsAttachedTo(world, app), {
    include: 'api:collaborator',
    action: 'create',
    data: presentCollaborator(app, { id: collaborator.id, person, role: 'collaborator' }),
  });
}

export function removeCollaborator(change: Change, app: App, email: string): void {
  const { world } = change;
  const person = world.people.find((candidate) => candidate.email === email);
  const collaborator = app.collaborators.find(({ personId }) => personId === person?.id);
  if (person === undefined || collaborator === undefined) throw notFound('collaborator');
  app.collaborators = app.collaborators.filter(({ id }) => id !== collaborator.id);
  announce(change, addOnsAttachedTo(world, app), {
    include: 'api:collaborator',
    action: 'destroy',
    data: presentCollaborator(app, { id: collaborator.id, person, role: 'collaborator' }),
  });
}

function uuidOf(email: string): string {
  const hex = createHash('sha256').update(email).digest('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join('-');
}

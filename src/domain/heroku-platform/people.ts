import { z } from 'zod';
import type { PlatformParts } from './parts.ts';
import { listPlatform } from './platform-api.ts';
import { PlatformTrouble } from './platform-errors.ts';

/** Somebody who has access to an app at Heroku. */
export interface Person {
  herokuUserId: string;
  email: string;
  /** Whether they administer the app: whom to write to. */
  isAdmin: boolean;
}

const user = z.object({ id: z.string(), email: z.string() });
const collaborators = z.array(z.object({ user, role: z.string().nullish() }));
const members = z.array(
  z.object({
    user: user.nullish(),
    id: z.string().nullish(),
    email: z.string().nullish(),
    role: z.string().nullish(),
  }),
);
const attachments = z.array(z.object({ app: z.object({ id: z.string() }) }));

interface App {
  id: string;
  team?: { id: string } | null | undefined;
  organization?: { id: string } | null | undefined;
}

/** Everybody who has access to an app: its collaborators, and the members of the team that owns it. */
export async function peopleOfApp(parts: PlatformParts, resourceId: string, app: App): Promise<Person[]> {
  const path = `/apps/${encodeURIComponent(app.id)}/collaborators`;
  const listed = collaborators.parse(await listPlatform(parts, resourceId, path));
  // Every app has an owner: a list of nobody is no list, and would remove everybody.
  if (listed.length === 0) throw new PlatformTrouble('Heroku answered that nobody has access to the app.');
  const people = listed.map(({ user: { id, email }, role }) => ({
    herokuUserId: id,
    email,
    isAdmin: mayAdminister(role),
  }));
  const team = app.team ?? app.organization;
  if (team == null) return people;
  const teamPath = `/teams/${encodeURIComponent(team.id)}/members`;
  const ofTeam = members.parse(await listPlatform(parts, resourceId, teamPath));
  return [
    ...people,
    ...ofTeam.map((member) => ({
      herokuUserId: member.user?.id ?? '',
      email: member.user?.email ?? member.email ?? '',
      isAdmin: mayAdminister(member.role),
    })),
  ];
}

/** The apps that the resource is attached to: their people open it from there. */
export async function appsOf(parts: PlatformParts, resourceId: string): Promise<string[]> {
  const listed = attachments.parse(
    await listPlatform(parts, resourceId, `/addons/${resourceId}/addon-attachments`),
  );
  return [...new Set(listed.map(({ app }) => app.id))];
}

const mayAdminister = (role: string | null | undefined) => role === 'owner' || role === 'admin';

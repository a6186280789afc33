import { z } from 'zod';
import type { Dependencies } from './dependencies.ts';
import { listPlatform } from './platform-api.ts';
import { PlatformUnavailable } from './platform-errors.ts';

/** A person who has access to an app at Heroku. */
export interface Person {
  herokuUserId: string;
  email: string;
  /** Owner or admin of the app: a candidate for the resource's contact address. */
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
const attachments = z.array(z.object({ app: z.object({ id: z.string() }), name: z.string() }));

/** An attachment of the resource to an app, whose config vars begin with its name. */
export interface Attachment {
  appId: string;
  name: string;
}

interface App {
  id: string;
  team?: { id: string } | null | undefined;
  organization?: { id: string } | null | undefined;
}

/**
 * All people with access to an app: its collaborators, and the members of the team that owns it. Throws PlatformRefused
 * or PlatformUnavailable rather than answer a part.
 */
export async function peopleOfApp(deps: Dependencies, resourceId: string, app: App): Promise<Person[]> {
  const path = `/apps/${encodeURIComponent(app.id)}/collaborators`;
  const listed = collaborators.parse(await listPlatform(deps, resourceId, path));
  // Every app has an owner. An empty list must be an error, because it would remove every member.
  if (listed.length === 0)
    throw new PlatformUnavailable('Heroku answered that nobody has access to the app.');
  const people = listed.map(({ user: { id, email }, role }) => ({
    herokuUserId: id,
    email,
    isAdmin: mayAdminister(role),
  }));
  const team = app.team ?? app.organization;
  if (team == null) return people;
  const teamPath = `/teams/${encodeURIComponent(team.id)}/members`;
  const ofTeam = members.parse(await listPlatform(deps, resourceId, teamPath));
  return [
    ...people,
    ...ofTeam.map((member) => ({
      herokuUserId: member.user?.id ?? '',
      email: member.user?.email ?? member.email ?? '',
      isAdmin: mayAdminister(member.role),
    })),
  ];
}

/** The apps that the resource is attached to, whose people may open it from there. */
export async function attachmentsOf(deps: Dependencies, resourceId: string): Promise<Attachment[]> {
  const listed = attachments.parse(
    await listPlatform(deps, resourceId, `/addons/${resourceId}/addon-attachments`),
  );
  return listed.map(({ app, name }) => ({ appId: app.id, name }));
}

const mayAdminister = (role: string | null | undefined) => role === 'owner' || role === 'admin';

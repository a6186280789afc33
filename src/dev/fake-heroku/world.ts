import { z } from 'zod';

const person = z.object({ id: z.string(), email: z.string() });
export type Person = z.infer<typeof person>;

const team = z.object({
  id: z.string(),
  name: z.string(),
  members: z.array(person.extend({ role: z.enum(['admin', 'member']) })),
});
export type Team = z.infer<typeof team>;

const app = z.object({
  id: z.string(),
  name: z.string(),
  /** A person's, or a team's by `teamId`. */
  ownerId: z.string().nullable(),
  teamId: z.string().nullable(),
  collaborators: z.array(z.object({ id: z.string(), personId: z.string() })),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** Every change of its config vars makes one. */
  release: z.number(),
});
export type App = z.infer<typeof app>;

const addOn = z.object({
  uuid: z.string(),
  /** Heroku's name for the resource, like hosted-hooks-round-12345. */
  name: z.string(),
  /** The app that pays for it. */
  appId: z.string(),
  plan: z.string(),
  state: z.enum(['provisioning', 'provisioned', 'deprovisioned']),
  /** By the names of the manifest; an app sees them under the prefix of its attachment. */
  config: z.record(z.string(), z.string()),
  installedAt: z.string(),
  updatedAt: z.string(),
});
export type AddOn = z.infer<typeof addOn>;

const attachment = z.object({
  id: z.string(),
  addOnId: z.string(),
  appId: z.string(),
  /** The names of the config vars on the app begin with it. */
  name: z.string(),
  createdAt: z.string(),
});
export type Attachment = z.infer<typeof attachment>;

const grant = z.object({ code: z.string(), addOnId: z.string(), expiresAtMs: z.number() });

const authorization = z.object({
  addOnId: z.string(),
  accessToken: z.string(),
  refreshToken: z.string(),
  userId: z.string(),
  expiresAtMs: z.number(),
});
export type Authorization = z.infer<typeof authorization>;

const webhook = z.object({
  id: z.string(),
  addOnId: z.string(),
  include: z.array(z.string()),
  level: z.enum(['notify', 'sync']),
  url: z.string(),
  secret: z.string(),
  authorization: z.string().nullable(),
  createdAt: z.string(),
});
export type Webhook = z.infer<typeof webhook>;

const delivery = z.object({
  id: z.string(),
  webhookId: z.string(),
  event: z.record(z.string(), z.unknown()),
  status: z.enum(['pending', 'retrying', 'succeeded', 'failed']),
  attempts: z.number(),
  /** The status of the last answer; null when none came. */
  lastCode: z.number().nullable(),
  /** While an attempt is under way: when its lease ends, so that another process may make the attempt. */
  nextAttemptAtMs: z.number().nullable(),
  createdAt: z.string(),
});
export type Delivery = z.infer<typeof delivery>;

export const world = z.object({
  version: z.literal(2),
  people: z.array(person),
  teams: z.array(team),
  apps: z.array(app),
  addOns: z.array(addOn),
  attachments: z.array(attachment),
  grants: z.array(grant),
  authorizations: z.array(authorization),
  webhooks: z.array(webhook),
  deliveries: z.array(delivery),
  /** The app that commands are about when none is named: what the git remote of a folder says to the real CLI. */
  ownApp: z.string().default('sharp-mountain-4005'),
  /** Timestamp of the last sign-on form, in seconds since the epoch. */
  lastSignOn: z.number(),
  /** The URL of the Platform API in `npm start`; null when it does not run. */
  platformUrl: z.string().nullable(),
});

/** The state of the fake Heroku, as plain data: a file keeps it, which the server and the CLI share. */
export type World = z.infer<typeof world>;

/** Who is signed in at the fake Heroku. */
export const ME: Person = { id: 'fedcba98-7654-4210-8edc-ba9876543210', email: 'demo@example.com' };

export function emptyWorld(): World {
  return {
    version: 2,
    people: [{ ...ME }],
    teams: [],
    apps: [],
    addOns: [],
    attachments: [],
    grants: [],
    authorizations: [],
    webhooks: [],
    deliveries: [],
    ownApp: 'sharp-mountain-4005',
    lastSignOn: 0,
    platformUrl: null,
  };
}

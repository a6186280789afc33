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
  /** The owner is a person; null when a team owns the app. */
  ownerId: z.string().nullable(),
  teamId: z.string().nullable(),
  collaborators: z.array(z.object({ id: z.string(), personId: z.string() })),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** The number of the latest release. Every change of the config vars makes one. */
  release: z.number(),
});
export type App = z.infer<typeof app>;

const addOn = z.object({
  uuid: z.string(),
  /** Heroku's name for the resource, such as hosted-hooks-round-12345. */
  name: z.string(),
  /** The app that is billed for the add-on. */
  appId: z.string(),
  plan: z.string(),
  state: z.enum(['provisioning', 'provisioned', 'deprovisioned']),
  /** By the names of the manifest. On an app the names begin with the name of the attachment. */
  config: z.record(z.string(), z.string()),
  installedAt: z.string(),
  updatedAt: z.string(),
});
export type AddOn = z.infer<typeof addOn>;

const attachment = z.object({
  id: z.string(),
  addOnId: z.string(),
  appId: z.string(),
  /** The prefix of the config vars on the app. */
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
  /** The status of the last response; null when none came. */
  lastCode: z.number().nullable(),
  /** While an attempt is in flight: the end of its lease, when another process may repeat the attempt. */
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
  /** The app of commands without `--app`. The real CLI reads it from the git remote of the folder. */
  ownApp: z.string().default('sharp-mountain-4005'),
  /** The timestamp of the last sign-on form, in seconds since the epoch. */
  lastSignOn: z.number(),
  /** The URL of the Platform API in `npm start`; null when it does not run. */
  platformUrl: z.string().nullable(),
});

/** The state of the fake Heroku as plain data, which the server and the CLI share in a file. */
export type World = z.infer<typeof world>;

/** The person who is signed in at the fake Heroku. */
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

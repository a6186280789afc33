import { z } from 'zod';
import { text } from '#src/infra/lib/text-schema.ts';
import { webAddress, webOrigin } from '#src/infra/lib/web-address.ts';

// How an app's portal looks, who may frame it, and what it shows. Stored as the API names it. Messages are predicates.

const MAX_ORIGINS = 20;

const line = (max: number) => text(max).regex(/^[^\p{Cc}]*$/u, 'must be one line');

export const PAYLOADS = ['full', 'redacted', 'none'] as const;

export const portalStrings = z.strictObject({
  heading: line(100).nullable().default(null).describe('Above the name of the subscriber.'),
  introduction: text(500).nullable().default(null).describe('Below it, on the first page.'),
  support: text(300).nullable().default(null).describe('Whom to ask, at the foot of each page.'),
});

export const portalSettings = z.strictObject({
  frame_origins: z
    .array(webOrigin)
    .max(MAX_ORIGINS)
    .meta({
      description: 'The origins of your pages that may show the portal in a frame.',
      examples: [['https://app.example.com']],
    }),
  name: line(100).nullable().describe('Your name there; null: the name of the app.'),
  logo_url: webAddress
    .nullable()
    .describe('An image, at most 32 pixels high, that browsers load from there.'),
  accent: z
    .string()
    .max(7)
    .regex(/^#[0-9A-Fa-f]{6}$/, 'must be a colour like #7c3aed')
    .nullable()
    .describe('The colour of buttons and links. Shades that cannot be read are made darker or lighter.'),
  return_url: webAddress.nullable().describe('Where "back" leads, unless a link says it.'),
  payloads: z
    .enum(PAYLOADS)
    .describe(
      'What subscribers see of bodies: `full`; `redacted`: the names in JSON without the values; `none`.',
    ),
  strings: portalStrings
    .meta({ id: 'AppPortalStringsInput' })
    .describe('Words of yours; they are changed together.'),
});

export type PortalSettings = z.output<typeof portalSettings>;

const PORTAL_DEFAULTS: PortalSettings = {
  frame_origins: [],
  name: null,
  logo_url: null,
  accent: null,
  return_url: null,
  payloads: 'full',
  strings: { heading: null, introduction: null, support: null },
};

/** What is stored: the members that were ever given. */
export const portalOf = (app: { portal?: Partial<PortalSettings> | null | undefined }): PortalSettings => ({
  ...PORTAL_DEFAULTS,
  ...app.portal,
});

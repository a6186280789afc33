import type { Request } from 'express';
import { z } from 'zod';
import {
  CAPABILITIES,
  capabilitiesOf,
  CAPABILITY_WORDS,
} from '#src/domain/subscriptions/portal-capabilities.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { blankForm, type Form } from '#src/surfaces/html/form.ts';

/** For how many seconds a link may be good. */
const LIFETIMES = [
  ['3600', '1 hour'],
  ['86400', '1 day'],
  ['604800', '7 days'],
  ['2592000', '30 days'],
] as const;

export const portalLinkFields = z.strictObject({
  capabilities: z
    .union([z.array(z.enum(CAPABILITIES)), z.enum(CAPABILITIES).transform((one) => [one])])
    .default([]),
  expires_in: z.enum(LIFETIMES.map(([seconds]) => seconds)),
  single_use: z.literal('on').optional(),
});

/** What the form of a link offers to the reader. */
export function portalChoices(req: Request) {
  const own = capabilitiesOf(currentVisit(req).role);
  return {
    lifetimes: LIFETIMES,
    capabilities: own.filter((one) => one !== 'view').map((name) => ({ name, text: CAPABILITY_WORDS[name] })),
    isCut: own.length < CAPABILITIES.length,
  };
}

export const portalLinkForm = (req: Request): Form =>
  blankForm({ capabilities: capabilitiesOf(currentVisit(req).role), expires_in: '86400' });

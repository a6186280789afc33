import { hasRight, type Right, type Role } from '#src/domain/roles/roles.ts';

/** What a link lets its reader do in the portal. Whoever may do anything may look. */
export const CAPABILITIES = ['view', 'endpoints', 'secrets', 'replay'] as const;

export type Capability = (typeof CAPABILITIES)[number];

/** What each allows, in the words of pages, after "may". */
export const CAPABILITY_WORDS: Record<Capability, string> = {
  view: 'see endpoints, events and attempts',
  endpoints: 'add, change, turn on and off, and delete endpoints',
  secrets: 'reveal and rotate signing secrets',
  replay: 'send tests, and what was missed',
};

/** The capabilities in their order, each once, and `view` with any. */
export const completed = (given: readonly Capability[]): Capability[] =>
  CAPABILITIES.filter((one) => one === 'view' || given.includes(one));

/** The rights of pages that a capability of a link gives: nobody opens by a link what the dashboard does not allow. */
const RIGHTS_OF: Record<Capability, Right[]> = {
  view: ['see'],
  endpoints: ['edit', 'delete'],
  secrets: ['secrets'],
  replay: ['replay'],
};

/** What a member of the provider may do in the portals of its subscribers. */
export const capabilitiesOf = (role: Role): Capability[] =>
  CAPABILITIES.filter((capability) => RIGHTS_OF[capability].every((right) => hasRight(role, right)));

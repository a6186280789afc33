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

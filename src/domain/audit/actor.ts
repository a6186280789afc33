import { AsyncLocalStorage } from 'node:async_hooks';

export const ACTOR_TYPES = ['person', 'api_key', 'heroku', 'portal', 'system'] as const;

/** Who does what this process is doing: a person on the pages, a key of the API, Heroku, a subscriber in the portal. */
export interface Actor {
  type: (typeof ACTOR_TYPES)[number];
  /** A person's member, a key, Heroku's resource, the portal's subscription. Null where nobody is known. */
  id: string | null;
  email: string | null;
}

/** Whoever is not said: our own background work. */
const SYSTEM: Actor = { type: 'system', id: null, email: null };

const acting = new AsyncLocalStorage<Actor>();

/** Runs `work`, and all that it begins, as done by `actor`. */
export const actingAs = <T>(actor: Actor, work: () => T): T => acting.run(actor, work);

export const currentActor = (): Actor => acting.getStore() ?? SYSTEM;

/** The actor of what Heroku asks for; the id is the resource's, where it is known. */
export const heroku = (resourceId: string | null = null): Actor => ({
  type: 'heroku',
  id: resourceId,
  email: null,
});

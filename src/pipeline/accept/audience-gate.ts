import type { Pool } from 'pg';
import { type ErrorDetail, InvalidInput } from '#src/infra/lib/errors.ts';
import type { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import type { AppSnapshot } from '#src/pipeline/routing/app-snapshot.ts';
import { type Audience, audienceOf, type Expectation, unmetBy } from '#src/pipeline/routing/audience.ts';

/** A message that would go to others than it is meant for. */
export interface Unexpected {
  audience: Audience;
  details: ErrorDetail[];
}

const MAX_NAMED = 20;
const MAX_DETAILS = 100;

interface Routed {
  /** The endpoints that the message is sent to or held for. Nearly all messages expect nothing, and are not asked. */
  endpointIds: () => string[];
  expect: Expectation | null | undefined;
  path?: string | undefined;
}

/** The message as {@link Unexpected}; null when it goes to as many as `expect` says. */
export function findUnexpected(
  app: AppSnapshot,
  { endpointIds, expect, path = '' }: Routed,
): Unexpected | null {
  if (expect === null || expect === undefined) return null;
  const audience = audienceOf(app, endpointIds());
  const unmet = unmetBy(audience, expect);
  if (unmet.length === 0) return null;
  const details = unmet.map((what) => {
    const count = expect[what] ?? 0;
    const wanted = typeof count === 'number' ? String(count) : `at most ${String(count.max)}`;
    return {
      path: `${path}expect.${what}`,
      message: `is ${wanted}, and the message would go to ${String(audience[what].length)}`,
    };
  });
  return { audience, details };
}

/** Holds messages to the audience that they are meant for. */
export class AudienceGate {
  readonly #pool: Pool;
  readonly #directory: AppDirectory;

  constructor({ pool, directory }: { pool: Pool; directory: AppDirectory }) {
    this.#pool = pool;
    this.#directory = directory;
  }

  /**
   * Throws InvalidInput with the code `audience`, which names who would get the first of the messages. Returns when the
   * app has changed since the snapshot: then the messages are to be routed again.
   */
  async refuse(app: AppSnapshot, [first, ...others]: [Unexpected, ...Unexpected[]]): Promise<void> {
    if (!(await this.#directory.isCurrent(app))) {
      this.#directory.forget(app.id);
      return;
    }
    const details = [first, ...others].flatMap((one) => one.details);
    const audience = await this.#present(app, first.audience);
    const names = audience.subscriptions.first.map(({ name, uid }) =>
      uid === null ? name : `${name} (${uid})`,
    );
    const more = audience.subscriptions.total > names.length ? ', …' : '';
    const who = names.length === 0 ? 'nobody' : names.join(', ') + more;
    const { path, message } = details[0] ?? { path: 'expect', message: '' };
    throw new InvalidInput(`${path} ${message}: ${who}. Nothing was taken.`, {
      code: 'audience',
      details: details.slice(0, MAX_DETAILS),
      more: { audience },
    });
  }

  async #present({ accountId }: AppSnapshot, { subscriptions, endpoints }: Audience) {
    const named = await this.#pool.query<{ id: string; uid: string | null; name: string }>(
      'select id, uid, name from subscriptions where account_id = $1 and id = any($2) order by id',
      [accountId, subscriptions.slice(0, MAX_NAMED)],
    );
    const called = await this.#pool.query<{
      id: string;
      uid: string | null;
      url: string;
      subscription_id: string;
    }>(
      'select id, uid, url, subscription_id from endpoints where account_id = $1 and id = any($2) order by id',
      [accountId, endpoints.slice(0, MAX_NAMED)],
    );
    return {
      subscriptions: { total: subscriptions.length, first: named.rows },
      endpoints: { total: endpoints.length, first: called.rows },
    };
  }
}

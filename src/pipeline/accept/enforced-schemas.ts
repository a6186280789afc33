import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { AppSnapshot } from '#src/pipeline/routing/app-snapshot.ts';

/** Characters of all schemas that a process keeps. */
const MAX_CHARACTERS = 4_000_000;
const NONE = '';

interface Of {
  eventType: string;
  version: string;
}

/**
 * The JSON Schemas of event types that are enforced, as JSON texts. Each is read when a message needs it, and not with
 * its app, because an app may have thousands of 64 KB.
 */
export class EnforcedSchemas {
  readonly #pool: Pool;
  readonly #cache = new LRUCache<string, string>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (schema, key) => schema.length + key.length,
  });

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** The schema of this version of an event type, which may be that of all versions; null: none. */
  async get({ id, revision }: Pick<AppSnapshot, 'id' | 'revision'>, of: Of): Promise<string | null> {
    const key = `${id} ${revision} ${of.eventType} ${of.version}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached === NONE ? null : cached;
    const schema = await this.#read(id, of);
    // A newer schema than that of the revision does no harm: a message of another revision is not inserted.
    this.#cache.set(key, schema ?? NONE);
    return schema;
  }

  async #read(appId: string, { eventType, version }: Of): Promise<string | null> {
    const { rows } = await this.#pool.query<{ schema: string | null }>(
      `select coalesce(
         (select of_version.schema::text from json_to_recordset(versions) as of_version(version text, schema json)
          where of_version.version = $3 and json_typeof(of_version.schema) <> 'null' limit 1),
         schema::text) as schema
       from webhook_events where app_id = $1 and event_type = $2 and enforce`,
      [appId, eventType, version],
    );
    return rows[0]?.schema ?? null;
  }
}

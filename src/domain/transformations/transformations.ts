import type { Pool, PoolClient } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import type { Action } from '#src/domain/audit/actions.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { checkCode } from './check-code.ts';
import type { CodeRunner } from './runtime/code-runner.ts';
import type { Transformation, TransformationVersion } from './transformation.ts';
import {
  countTransformations,
  deleteTransformation,
  findTransformation,
  findVersion,
  insertTransformation,
  isNameTaken,
  keepVersion,
  selectSummaries,
  selectTransformations,
  selectUsers,
  selectVersions,
  type TransformationSummary,
  updateTransformation,
  type UsingEndpoint,
} from './transformation-rows.ts';

/** Beside the present one. */
const KEPT_VERSIONS = 20;
const SHOWN_USERS = 100;
const NAMED_USERS = 5;

/** Fields that are undefined stay as they are. */
export interface TransformationChanges {
  name?: string | undefined;
  code?: string | undefined;
}

interface Dependencies {
  pool: Pool;
  clock: Clock;
  codeRunner: Pick<CodeRunner, 'run'>;
}

/** The transformations of an app. */
export class Transformations {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  async list(app: App, paging: Paging): Promise<Transformation[]> {
    return selectTransformations(this.#deps.pool, app, paging);
  }

  /** All of the app, by name: an app has few. */
  async summaries(app: App): Promise<TransformationSummary[]> {
    return selectSummaries(this.#deps.pool, app);
  }

  /** Throws NotFound when the app has none with this id. */
  async get(app: App, id: string): Promise<Transformation> {
    const key = { accountId: app.accountId, appId: app.id, id };
    const found = isUuid(id) ? await findTransformation(this.#deps.pool, key) : null;
    if (found === null) throw new NotFound(`The app has no transformation ${id}.`);
    return found;
  }

  /** Newest first, without their code. */
  async versions(transformation: Transformation): Promise<Omit<TransformationVersion, 'code'>[]> {
    return selectVersions(this.#deps.pool, transformation);
  }

  /** Throws NotFound when it is not kept. */
  async version(transformation: Transformation, version: number): Promise<TransformationVersion> {
    const found = await findVersion(this.#deps.pool, transformation, version);
    if (found === null)
      throw new NotFound('The transformation has no such version, or it is not kept any more.');
    return found;
  }

  /** The first endpoints that use it. */
  async users(transformation: Transformation): Promise<UsingEndpoint[]> {
    return selectUsers(this.#deps.pool, transformation, SHOWN_USERS);
  }

  /** Throws InvalidInput as {@link checkCode} does, and Conflict when the name is taken or the app has too many. */
  async create(app: App, { name, code }: { name: string; code: string }): Promise<Transformation> {
    const { clock, codeRunner, pool } = this.#deps;
    await checkCode(codeRunner, app.accountId, code);
    const now = new Date(clock.now());
    const id = uuidv7(clock.now());
    const made = { id, accountId: app.accountId, appId: app.id, name, code, version: 1 };
    const row = { ...made, createdAt: now, updatedAt: now };
    await transaction(pool, async (client) => {
      await addTransformation(client, row);
      await this.#record(client, row, { action: 'transformation.created' });
    });
    return row;
  }

  /**
   * A change of the code makes a new version. Throws InvalidInput as {@link checkCode} does, Conflict when the name is
   * taken, and NotFound when it was deleted meanwhile.
   */
  async update(transformation: Transformation, changes: TransformationChanges): Promise<Transformation> {
    return this.#change(transformation, changes, {});
  }

  /** Makes the code of an older version the present one again, as a new version. Throws as {@link update}. */
  async restore(
    transformation: Transformation,
    { version, code }: TransformationVersion,
  ): Promise<Transformation> {
    return this.#change(transformation, { code }, { restored_version: version });
  }

  async #change(
    transformation: Transformation,
    { name, code }: TransformationChanges,
    recorded: { restored_version?: number },
  ): Promise<Transformation> {
    const { clock, codeRunner, pool } = this.#deps;
    if (code !== undefined && code !== transformation.code) {
      await checkCode(codeRunner, transformation.accountId, code);
    }
    return transaction(pool, async (client) => {
      const before = await this.#lock(client, transformation);
      const after = { ...before, name: name ?? before.name, code: code ?? before.code };
      const changed = (['name', 'code'] as const).filter((field) => after[field] !== before[field]);
      if (changed.length === 0) return before;
      if (changed.includes('name') && (await isNameTaken(client, before, after.name)))
        throw nameTaken(after.name);
      const isNewCode = changed.includes('code');
      const row = { ...after, version: before.version + Number(isNewCode), updatedAt: new Date(clock.now()) };
      await updateTransformation(client, row);
      if (isNewCode) await keepVersion(client, row, KEPT_VERSIONS);
      const details = { changed, ...(isNewCode && { version: row.version, ...recorded }) };
      await this.#record(client, row, { action: 'transformation.updated', details });
      return row;
    });
  }

  /** Throws Conflict, which names them, while endpoints use it; NotFound when it was deleted meanwhile. */
  async delete(transformation: Transformation): Promise<void> {
    await transaction(this.#deps.pool, async (client) => {
      const row = await this.#lock(client, transformation);
      const users = await selectUsers(client, row, NAMED_USERS + 1);
      if (users.length > 0) throw inUse(users.map(({ id }) => id));
      await deleteTransformation(client, row);
      await this.#record(client, row, { action: 'transformation.deleted' });
    });
  }

  async #lock(client: PoolClient, transformation: Transformation): Promise<Transformation> {
    const row = await findTransformation(client, transformation, { forUpdate: true });
    if (row === null) throw new NotFound('The transformation was deleted meanwhile.');
    return row;
  }

  async #record(
    db: PoolClient,
    { accountId, appId, id, name }: Transformation,
    deed: { action: Extract<Action, `transformation.${string}`>; details?: object },
  ): Promise<void> {
    const object = { type: 'transformation', id, name };
    await recordChange({ db, clock: this.#deps.clock }, { ...deed, accountId, appId, object });
  }
}

/** Inserts a transformation. Throws Conflict when its name is taken or the app has too many. */
export async function addTransformation(client: PoolClient, row: Transformation): Promise<void> {
  const { max, shown, code } = FIXED_LIMITS.transformations;
  if ((await countTransformations(client, { accountId: row.accountId, id: row.appId })) >= max) {
    throw new Conflict(`An app has at most ${shown} transformations. Delete one first.`, { code });
  }
  if (!(await insertTransformation(client, row))) throw nameTaken(row.name);
  await keepVersion(client, row, KEPT_VERSIONS);
}

const nameTaken = (name: string) => new Conflict(`The app already has a transformation named ${name}.`);

function inUse(ids: string[]): Conflict {
  const named = ids.slice(0, NAMED_USERS).join(', ');
  const others = ids.length > NAMED_USERS ? ', and others' : '';
  const message = `Endpoints use the transformation: ${named}${others}. Take it from them first.`;
  return new Conflict(message, { code: 'transformation_in_use' });
}

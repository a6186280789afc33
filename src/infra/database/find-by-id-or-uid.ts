import type { FindOptions, Model, ModelStatic, WhereOptions } from 'sequelize';
import { isUuid } from '#src/infra/lib/ids.ts';

interface Query<M extends Model> extends Pick<FindOptions, 'include' | 'limit'> {
  model: ModelStatic<M>;
  where: Record<string, unknown>;
}

/**
 * The rows with the id or the customer's `uid` that `value` holds. A uid may have the form of a UUID; an id takes
 * precedence. Answers at most one row, unless `where` spans several parents that each have the uid.
 */
export async function findByIdOrUid<M extends Model>(query: Query<M>, value: string): Promise<M[]> {
  const { model, where, ...rest } = query;
  const find = (match: object) => model.findAll({ ...rest, where: { ...where, ...match } as WhereOptions });
  const byId = isUuid(value) ? await find({ id: value }) : [];
  return byId.length > 0 ? byId : find({ uid: value });
}

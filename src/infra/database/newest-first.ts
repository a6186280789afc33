import { type FindOptions, type Model, type ModelStatic, Op, type WhereOptions } from 'sequelize';
import type { Paging } from '#src/infra/lib/paging.ts';

interface Query<M extends Model> extends Pick<FindOptions, 'include'> {
  model: ModelStatic<M>;
  where: Record<string, unknown>;
}

/** One page of a list, newest first. The order of the ids is the order of creation, because they are UUIDv7. */
export async function findNewestFirst<M extends Model>(query: Query<M>, paging: Paging): Promise<M[]> {
  const { model, where, ...rest } = query;
  const isBackwards = paging.after !== undefined;
  const bounds = [
    ...(paging.before === undefined ? [] : [{ id: { [Op.lt]: paging.before } }]),
    ...(paging.after === undefined ? [] : [{ id: { [Op.gt]: paging.after } }]),
  ];
  const rows = await model.findAll({
    ...rest,
    where: { [Op.and]: [where, ...bounds] } as WhereOptions,
    order: [['id', isBackwards ? 'ASC' : 'DESC']],
    limit: paging.limit,
    offset: paging.offset,
  });
  return isBackwards ? rows.reverse() : rows;
}

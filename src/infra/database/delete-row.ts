import type { Model, ModelStatic, Transaction } from 'sequelize';
import { NotFound } from '#src/infra/lib/errors.ts';

/** Deletes a row that has an `id`. Throws NotFound when another request deleted it first. */
export async function deleteRow<M extends Model & { id: string }>(
  model: ModelStatic<M>,
  { id }: M,
  transaction: Transaction,
): Promise<void> {
  const deleted = await model.destroy({ where: { id } as never, transaction });
  if (deleted === 0) throw new NotFound('It was deleted meanwhile.');
}

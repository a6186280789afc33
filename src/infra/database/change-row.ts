import type { Model, ModelStatic, Transaction } from 'sequelize';

/** Writes the values that differ from those that the row was read with. Answers the names of their columns. */
export async function changeRow<M extends Model>(
  row: M,
  values: Partial<M>,
  transaction: Transaction,
): Promise<string[]> {
  row.set(values);
  const changed = row.changed() || [];
  await row.save({ transaction });
  const columns = (row.constructor as ModelStatic<M>).getAttributes();
  return changed.map((name) => columns[name as keyof typeof columns].field ?? name);
}

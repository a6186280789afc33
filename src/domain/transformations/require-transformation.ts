import type { Transaction } from 'sequelize';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { isOfApp } from './transformation-rows.ts';

/** Throws InvalidInput when the app has no such transformation. Otherwise it stays until the transaction ends. */
export async function requireTransformation(
  transaction: Transaction,
  { accountId, appId }: { accountId: string; appId: string },
  id: string | null | undefined,
): Promise<void> {
  if (id === null || id === undefined) return;
  if (await isOfApp(transaction, { accountId, appId, id })) return;
  const message = 'is no transformation of the app';
  throw new InvalidInput(`transformation_id ${message}.`, {
    details: [{ path: 'transformation_id', message }],
  });
}

import { ForeignKeyConstraintError, InstanceError, UniqueConstraintError } from 'sequelize';
import { Conflict, NotFound } from '#src/infra/lib/errors.ts';

/**
 * Runs a write. Throws {@link Conflict} with `message` when a unique constraint is violated, and {@link NotFound} when
 * a foreign key is, or a row that is read again is gone, because another caller deleted it meanwhile.
 */
export async function conflictAs<T>(message: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof UniqueConstraintError) throw new Conflict(message, { cause: error });
    if (error instanceof ForeignKeyConstraintError) {
      throw new NotFound('What this belongs to is gone.', { cause: error });
    }
    if (error instanceof InstanceError) throw new NotFound('It was deleted meanwhile.', { cause: error });
    throw error;
  }
}

import { ForeignKeyConstraintError, UniqueConstraintError } from 'sequelize';
import { Conflict, NotFound } from '#src/infra/lib/errors.ts';

/**
 * Runs a write. Throws {@link Conflict} with `message` when a unique constraint is violated, and {@link NotFound} when
 * a foreign key is, because another caller deleted the parent meanwhile.
 */
export async function conflictAs<T>(message: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof UniqueConstraintError) throw new Conflict(message, { cause: error });
    if (error instanceof ForeignKeyConstraintError) {
      throw new NotFound('What this belongs to is gone.', { cause: error });
    }
    throw error;
  }
}

import { ForeignKeyConstraintError, UniqueConstraintError } from 'sequelize';
import { Conflict, NotFound } from '#src/infra/lib/errors.ts';

/**
 * Runs a write, and turns the violation of a unique constraint into a {@link Conflict} with `message`; that of a foreign
 * key into NotFound: the parent was deleted by another caller in between.
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

import { UniqueConstraintError } from 'sequelize';
import { Conflict } from '../lib/errors.ts';

/** Runs a write, and turns the violation of a unique constraint into a {@link Conflict} with `message`. */
export async function conflictAs<T>(message: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof UniqueConstraintError) throw new Conflict(message, { cause: error });
    throw error;
  }
}

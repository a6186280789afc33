import { access, constants, mkdir } from 'node:fs/promises';
import { CannotStart, reasonOf } from '#src/infra/lib/cannot-start.ts';

/** Makes the folder of `DATA_DIR` unless it exists; throws {@link CannotStart} when nothing can be kept there. */
export async function makeDataFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (cause) {
    throw new CannotStart(`DATA_DIR: ${path} cannot be used as a folder (${reasonOf(cause)}).`, { cause });
  }
}

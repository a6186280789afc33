import { createServer } from 'node:net';
import type { Config } from '#src/config.ts';
import { explained } from './listen-error.ts';

/** Throws CannotStart when web cannot listen, before a database is started in vain. */
export async function checkPort({ port, host }: Config['http']): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
    });
  } catch (error) {
    throw explained(error);
  }
  await new Promise((resolve) => probe.close(resolve));
}

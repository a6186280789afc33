import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder extends AsyncDisposable {
  path: string;
}

/** Only its owner may enter it, as is the case for a clone in /root. */
export async function createTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'hostedhooks-test-'));
  // Again while it is not empty: a PostgreSQL whose starter was stopped writes its last files after that.
  const options = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };
  return { path, [Symbol.asyncDispose]: () => rm(path, options) };
}

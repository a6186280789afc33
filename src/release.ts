import { loadConfig } from './config.ts';
import { reachDatabase } from '#src/boot/database-check.ts';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { prepareDatabase } from '#src/boot/prepare-database.ts';
import { reportFailure } from '#src/boot/run-process.ts';

/** The release phase: runs before any process of a new version does, and stops the release when it fails. */
try {
  const { url, engine } = loadConfig(process.env).database;
  if (url === undefined) throw new CannotStart('DATABASE_URL is not set.');
  await reachDatabase(url);
  await prepareDatabase(url, engine);
} catch (error) {
  reportFailure(error);
}

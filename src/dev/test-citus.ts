import { runProgram } from './run-program.ts';

// Tests on the Citus cluster of CITUS_DATABASE_URL: those that are named, or the families below.

const FAMILIES = [
  'test/chaos/{commit-points,kill,lost-answers,many-processes,parked-jobs}.test.ts',
  'test/http/{api-export,api-import,api-messages,api-replays,search}.test.ts',
  'test/integration/{account-purge,backlog,batch-commits,citus,delivery,job-fetcher,pipelined}.test.ts',
  'test/integration/{replay-pacing,retention,retention-daily,retries,snoozing,unwritten-outcomes}.test.ts',
  'test/property/search.test.ts',
];
/** Each has processes of its own, and Citus a daemon for each database. */
const CONCURRENCY = 2;
const TIMEOUT_MS = 600_000;

const { CITUS_DATABASE_URL = '' } = process.env;
if (CITUS_DATABASE_URL === '') {
  console.error(
    'CITUS_DATABASE_URL is not set: give a database with Citus on the coordinator of a cluster with workers, as a ' +
      'superuser, for example postgres://postgres@localhost:5432/postgres. The tests make databases of their own.',
  );
  process.exitCode = 1;
} else {
  process.env['TEST_CITUS_URL'] = CITUS_DATABASE_URL;
  const given = process.argv.slice(2);
  const areFilesGiven = given.some((word) => !word.startsWith('-'));
  process.exitCode = await runProgram(process.execPath, [
    '--test',
    '--test-reporter=spec',
    '--test-global-setup=test/support/global-setup.ts',
    `--test-concurrency=${String(CONCURRENCY)}`,
    `--test-timeout=${String(TIMEOUT_MS)}`,
    ...given,
    ...(areFilesGiven ? [] : FAMILIES),
  ]);
}

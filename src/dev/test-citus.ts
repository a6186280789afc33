import { runFamilies } from '#src/dev/test/run-families.ts';

// Tests on the Citus cluster of CITUS_DATABASE_URL: those that are named, or the families below.

const FAMILIES = [
  'test/chaos/{commit-points,kill,lost-answers,many-processes,parked-jobs}.test.ts',
  'test/http/{api-export,api-import,api-messages,api-replays,search}.test.ts',
  'test/integration/{account-purge,backlog,batch-commits,citus,delivery,job-fetcher,pipelined}.test.ts',
  'test/integration/{replay-pacing,retention,retention-daily,retries,snoozing,unwritten-outcomes}.test.ts',
  'test/property/search.test.ts',
];

const { CITUS_DATABASE_URL = '' } = process.env;
if (CITUS_DATABASE_URL === '') {
  console.error(
    'CITUS_DATABASE_URL is not set: give a database with Citus on the coordinator of a cluster with workers, as a ' +
      'superuser, for example postgres://postgres@localhost:5432/postgres. The tests make databases of their own.',
  );
  process.exitCode = 1;
} else {
  process.env['TEST_CITUS_URL'] = CITUS_DATABASE_URL;
  process.exitCode = await runFamilies(FAMILIES);
}

import { runFamilies } from '#src/dev/test/run-families.ts';

// Tests with a PgBouncer in transaction mode before their databases: those that are named, or the families below.

const FAMILIES = [
  'test/chaos/{commit-points,kill,lost-answers,many-processes,parked-jobs}.test.ts',
  'test/http/{api-export,api-import,api-messages,api-replays,search}.test.ts',
  'test/integration/{backlog,batch-commits,delivery,job-fetcher,migrations,pipelined,replay-pacing}.test.ts',
  'test/integration/{retention,retention-daily,retries,snoozing,unwritten-outcomes}.test.ts',
  'test/property/{outstanding-once,search}.test.ts',
];

process.env['TEST_PGBOUNCER'] = 'true';
process.exitCode = await runFamilies(FAMILIES);

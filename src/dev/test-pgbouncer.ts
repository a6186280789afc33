import { runProgram } from './run-program.ts';

// Tests with a PgBouncer in transaction mode before their databases: those that are named, or the families below.

const FAMILIES = [
  'test/chaos/{commit-points,kill,lost-answers,many-processes,parked-jobs}.test.ts',
  'test/http/{api-export,api-import,api-messages,api-replays,search}.test.ts',
  'test/integration/{backlog,batch-commits,delivery,job-fetcher,migrations,pipelined,replay-pacing}.test.ts',
  'test/integration/{retention,retention-daily,retries,snoozing,unwritten-outcomes}.test.ts',
  'test/property/{outstanding-once,search}.test.ts',
];
/** Each has processes of its own. */
const CONCURRENCY = 2;
const TIMEOUT_MS = 600_000;

process.env['TEST_PGBOUNCER'] = 'true';
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

import { createPool } from '#src/infra/database/connection.ts';
import { pipelined } from '#src/infra/database/pipelined.ts';

// Writes two notes in one transaction, which first waits for a lock that somebody else holds.
const [, , url = ''] = process.argv;
const pool = createPool({ url, max: 1, applicationName: 'test', onError: () => undefined });
await pipelined(pool, [
  (client) => client.query('lock table notes'),
  (client) => client.query('insert into notes values (900)'),
  (client) => client.query('insert into notes values (901)'),
]);

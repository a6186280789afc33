import pg from 'pg';

const DUPLICATE_DATABASE = '42P04';
const DUPLICATE_ROW = '23505';

/** Makes the database `name` on the server of `url` unless it exists; answers its URL. */
export async function createDatabase(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    // Another process made it in between.
    const { code } = error as { code?: string };
    if (code !== DUPLICATE_DATABASE && code !== DUPLICATE_ROW) throw error;
  } finally {
    await client.end();
  }
  const created = new URL(url);
  created.pathname = `/${name}`;
  return created.href;
}

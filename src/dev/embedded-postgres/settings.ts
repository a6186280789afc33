export type Settings = Record<string, string>;

/** For development: a machine's memory and disk are cheaper than waiting. */
const DEVELOPMENT: Settings = {
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  max_connections: '100',
  // Off, because a socket's file would lie in a folder that others can enter.
  unix_socket_directories: '',
};

/** Of the network, this machine alone reaches it. */
const ALWAYS: Settings = {
  listen_addresses: '127.0.0.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** A test's database is thrown away, so nothing need survive a power cut. */
export const DISPOSABLE: Settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  // Several test processes have several servers each.
  max_connections: '300',
  // Off, because it looks at each of some thirty databases every minute, and none of them gets old.
  autovacuum: 'off',
};

/** The command line's words for the `given` settings on top of ours. */
export function asArguments(given: Settings, port: number): string[] {
  const settings = { ...DEVELOPMENT, ...given, ...ALWAYS, port: String(port) };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

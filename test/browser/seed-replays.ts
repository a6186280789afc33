import type { TestServer } from '#test/support/server.ts';
import type { Seeded } from './seed.ts';

/** A replay by filter. Answers the paths of the deliveries that it is chosen from, and its own. */
export async function seedReplays(
  { container }: TestServer,
  { accountId, paths }: Seeded,
): Promise<Record<string, string>> {
  const [app = '', empty = ''] = [paths['app'], paths['app-empty']];
  const owner = await container.apps.get(accountId, app.split('/').at(-1) ?? '');
  const replay = await container.appReplays.start(owner, { states: ['ignored'] });
  return {
    deliveries: `${app}/deliveries`,
    'deliveries-filtered': `${app}/deliveries?state=failed&since=2020-01-01T00:00`,
    'deliveries-none': `${app}/deliveries?event_type=nothing.such`,
    'deliveries-empty': `${empty}/deliveries`,
    'replay-new': `${app}/replays/new`,
    replay: `${app}/replays/${replay.id}`,
    replays: `${app}/replays`,
    'replays-empty': `${empty}/replays`,
  };
}

import type { PoolClient } from 'pg';
import type { Channels } from '#src/domain/channels/channels.ts';
import type { AlertKind } from '#src/domain/mail/templates.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { adviceOn, type Alerted, MAIL_KIND, pageOf, stillHolds } from './alerted-endpoints.ts';

interface Dependencies {
  channels: Pick<Channels, 'tell'>;
  clock: Clock;
  baseUrl: string;
}

/** Endpoints that one post lists. */
const MAX_NAMED = 10;

interface AlertedApp {
  appId: string;
  appName: string;
  count: number;
  endpoints: { id: string; url: string; subscriber: string }[];
}

/** Tells an app's channels what happened to its endpoints. */
export class ChannelAlerts {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  async tell(client: PoolClient, alerted: Alerted): Promise<void> {
    const { channels, clock, baseUrl } = this.#deps;
    const { accountId, kind } = alerted;
    for (const { appId, appName, count, endpoints } of await selectAlertedApps(client, alerted)) {
      const [only] = endpoints;
      const page = `${baseUrl}/apps/${appId}`;
      const news = {
        kind: MAIL_KIND[kind],
        title: `${appName}: ${count === 1 ? 'an endpoint' : `${count.toLocaleString('en-US')} endpoints`} ${
          (count === 1 ? ONE : MANY)[kind]
        }`,
        count,
        endpoints: await this.#named(client, alerted, endpoints),
        url: count === 1 && only !== undefined ? `${page}${pageOf(kind)}${only.id}` : page,
        atMs: clock.now(),
      };
      await channels.tell(client, { accountId, appId }, news);
    }
  }

  /** As a post lists them; of issues, with what to do. */
  async #named(client: PoolClient, alerted: Alerted, endpoints: AlertedApp['endpoints']) {
    const endpointIds = alerted.kind === 'issue-opened' ? endpoints.map(({ id }) => id) : [];
    const advices = await adviceOn(client, { ...alerted, endpointIds });
    return endpoints.map(({ id, url, subscriber }) => {
      const advice = advices.get(id);
      return { url, subscriber, ...(advice !== undefined && { advice }) };
    });
  }
}

const ONE: Record<AlertKind, string> = {
  'endpoint-failing': 'is failing',
  'endpoint-disabled': 'was turned off',
  'endpoint-recovered': 'is well again',
  'issue-opened': 'has an open issue',
  'issue-resolved': 'has no open issue any more',
  'secret-rotated': 'has a new signing secret',
};

const MANY: Record<AlertKind, string> = {
  'endpoint-failing': 'are failing',
  'endpoint-disabled': 'were turned off',
  'endpoint-recovered': 'are well again',
  'issue-opened': 'have open issues',
  'issue-resolved': 'have no open issues any more',
  'secret-rotated': 'have new signing secrets',
};

/** The apps with channels whose endpoints' alerts still hold. */
async function selectAlertedApps(
  client: PoolClient,
  { accountId, kind, reader, endpointIds }: Alerted,
): Promise<AlertedApp[]> {
  const { rows } = await client.query<AlertedApp>(
    `select apps.id as "appId", apps.name as "appName", count(*)::int as count,
       (json_agg(json_build_object('id', alerted.id, 'url', url, 'subscriber', subscriptions.name) order by alerted.id)
         filter (where place <= ${String(MAX_NAMED)})) as endpoints
     from (
       select *, row_number() over (partition by app_id order by id) as place from endpoints
       where account_id = $1 and id = any($2) and ${stillHolds(reader, kind)}
     ) alerted
     join apps on apps.id = alerted.app_id join subscriptions on subscriptions.id = alerted.subscription_id
     where exists (select from channels where channels.account_id = $1 and channels.app_id = alerted.app_id)
     group by apps.id, apps.name order by apps.id`,
    [accountId, endpointIds],
  );
  return rows;
}

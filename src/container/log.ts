import { Attempts } from '#src/domain/attempts/attempts.ts';
import { DeliveryCounts } from '#src/domain/attempts/delivery-counts.ts';
import { EvidenceLinks } from '#src/domain/evidence-links/evidence-links.ts';
import { IdempotentRequests } from '#src/domain/idempotency/idempotent-requests.ts';
import { DeliveryLog } from '#src/domain/deliveries/log/delivery-log.ts';
import { Messages } from '#src/domain/messages/messages.ts';
import { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import { PublishRate } from '#src/domain/quotas/publish-rate.ts';
import { QuotaWarnings } from '#src/domain/quotas/quota-warnings.ts';
import { SampleRate } from '#src/domain/quotas/sample-rate.ts';
import { AppReplays } from '#src/domain/replays/app-replays.ts';
import { ReplayPacer } from '#src/domain/replays/replay-pacer.ts';
import { Replays } from '#src/domain/replays/replays.ts';
import { DailyRetention } from '#src/domain/retention/daily-retention.ts';
import { SearchIndex } from '#src/domain/search/search-index.ts';
import type { AccountParts } from './accounts.ts';
import type { InfraParts } from './infra.ts';

/** Domain: messages with their attempts, the quotas on them, replays, search and retention. */
export function createLog(
  infra: InfraParts,
  { announcements, mailer }: Pick<AccountParts, 'announcements' | 'mailer'>,
) {
  const { config, clock, logger, pool, queue, cipher } = infra;
  const warnings = new QuotaWarnings({ pool, logger, mailer, announcements, baseUrl: config.http.baseUrl });
  const quota = new MessageQuota({ pool, clock, logger, warnings });
  return {
    messages: new Messages({ pool }),
    attempts: new Attempts({ pool }),
    deliveryLog: new DeliveryLog({ pool, clock }),
    deliveryCounts: new DeliveryCounts({ pool, clock }),
    idempotentRequests: new IdempotentRequests({ pool, cipher, clock, logger }),
    quota,
    publishRate: new PublishRate({ pool, clock, logger }),
    sampleRate: new SampleRate({ pool, clock }),
    appReplays: new AppReplays({ pool, clock }),
    evidenceLinks: new EvidenceLinks({
      pool,
      clock,
      appSecret: config.secrets.app,
      baseUrl: config.http.baseUrl,
    }),
    replays: new Replays({ pool, queue, clock, quota }),
    replayPacer: new ReplayPacer({ pool, queue, clock, logger }),
    searchIndex: new SearchIndex({ pool, clock, logger }),
    dailyRetention: new DailyRetention({ pool, clock, logger, sendJob: queue.send }),
  };
}

export type LogParts = ReturnType<typeof createLog>;

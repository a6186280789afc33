import type { Container } from '#src/container.ts';
import {
  type AttemptStatistics,
  statisticsOf,
  type StepCount,
} from '#src/domain/attempts/delivery-counts.ts';
import { type Range, type Span, spanBefore, spanOf, untilMs } from '#src/domain/attempts/ranges.ts';
import { countMessageOutcomes, type MessageOutcomes } from '#src/domain/deliveries/message-success.ts';
import { countWaitingOfAccount, type QueueDepth } from '#src/domain/endpoint-queues/count-waiting.ts';
import type { DueWork } from '#src/infra/queue/account-jobs.ts';

/** How a time went. */
export interface Period {
  span: Span;
  attempts: AttemptStatistics;
  messages: MessageOutcomes;
}

export interface HomeNumbers {
  steps: StepCount[];
  now: Period;
  /** As long, and right before. */
  before: Period;
  due: DueWork;
  queues: QueueDepth;
  /** Messages of the month, and how many the plan has; null while the account is being deleted. */
  usage: { used: number; allowed: number } | null;
}

interface Asked {
  owner: { accountId: string; appId?: string };
  /** The apps whose messages are looked at. */
  appIds: string[];
  range: Range;
}

type Parts = Pick<Container, 'clock' | 'deliveryCounts' | 'pool' | 'queue' | 'quota'>;

/** The numbers of an account, or of one of its apps, in a time and in the one before. */
export async function readNumbers(
  { clock, deliveryCounts, pool, queue, quota }: Parts,
  { owner, appIds, range }: Asked,
): Promise<HomeNumbers> {
  const nowMs = clock.now();
  const span = spanOf(range, nowMs);
  const earlier = spanBefore(span);
  const named = queue.messagesNamed(owner.accountId);
  const messagesIn = async ({ sinceMs, ...rest }: Span) =>
    countMessageOutcomes(pool, {
      accountId: owner.accountId,
      appIds,
      sinceMs,
      untilMs: untilMs({ sinceMs, ...rest }),
      nowMs,
      namedByJobs: await named,
    });
  const [steps, stepsBefore, messages, messagesBefore, due, queues, month] = await Promise.all([
    deliveryCounts.bySteps(owner, span),
    deliveryCounts.bySteps(owner, earlier),
    messagesIn(span),
    messagesIn(earlier),
    queue.dueOf(owner),
    countWaitingOfAccount(pool, owner),
    quota.stateOf(owner.accountId),
  ]);
  return {
    steps,
    now: { span, attempts: statisticsOf(steps), messages },
    before: { span: earlier, attempts: statisticsOf(stepsBefore), messages: messagesBefore },
    due,
    queues,
    usage: month === undefined ? null : { used: month.used, allowed: month.plan.messagesPerMonth },
  };
}

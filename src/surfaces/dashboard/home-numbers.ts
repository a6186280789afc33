import type { Container } from '#src/container.ts';
import {
  type AttemptStatistics,
  statisticsOf,
  type StepCount,
} from '#src/domain/attempts/delivery-counts.ts';
import { type Range, type Span, spanBefore, spanOf, untilMs } from '#src/domain/attempts/ranges.ts';
import {
  countAllMessageOutcomes,
  countMessageOutcomes,
  type MessageOutcomes,
} from '#src/domain/deliveries/message-success.ts';
import { countWaitingOfAccount, type QueueDepth } from '#src/domain/endpoint-queues/count-waiting.ts';
import { createSharedWork } from '#src/infra/lib/shared-work.ts';
import type { DueWork } from '#src/infra/queue/account-jobs.ts';

/** How a time went. */
export interface Period {
  span: Span;
  attempts: AttemptStatistics;
  /** Null: there were too many for all to be counted. */
  messages: MessageOutcomes | null;
}

export interface HomeNumbers {
  steps: StepCount[];
  now: Period & { messages: MessageOutcomes };
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

/** The costly numbers, which one who reloads the page may not have counted again for each view. */
interface Outcomes {
  now: MessageOutcomes;
  before: MessageOutcomes | null;
}
const KEPT_MS = 2000;
const KEPT_ENTRIES = 1000;

/** Reads the numbers of an account, or of one of its apps, in a time and in the one before. */
export function numbersReader({ clock, deliveryCounts, pool, queue, quota }: Parts) {
  const shared = createSharedWork<Outcomes>({ clock, keepMs: KEPT_MS, entries: KEPT_ENTRIES });

  const countOutcomes = async ({ owner: { accountId }, appIds }: Asked, span: Span, nowMs: number) => {
    const namedByJobs = await queue.messagesNamed(accountId);
    const messagesIn = (time: Span) => ({
      ...{ accountId, appIds, sinceMs: time.sinceMs, untilMs: untilMs(time), nowMs, namedByJobs },
    });
    return {
      now: await countMessageOutcomes(pool, messagesIn(span)),
      before: await countAllMessageOutcomes(pool, messagesIn(spanBefore(span))),
    };
  };

  return async (asked: Asked): Promise<HomeNumbers> => {
    const { owner, appIds, range } = asked;
    const nowMs = clock.now();
    const span = spanOf(range, nowMs);
    const earlier = spanBefore(span);
    const key = `${String(span.sinceMs)} ${String(span.stepMs)} ${appIds.join(' ')}`;
    const [steps, stepsBefore, messages, due, queues, month] = await Promise.all([
      deliveryCounts.bySteps(owner, span),
      deliveryCounts.bySteps(owner, earlier),
      shared({ owner: owner.accountId, key }, () => countOutcomes(asked, span, nowMs)),
      queue.dueOf(owner),
      countWaitingOfAccount(pool, owner),
      quota.stateOf(owner.accountId),
    ]);
    return {
      steps,
      now: { span, attempts: statisticsOf(steps), messages: messages.now },
      before: { span: earlier, attempts: statisticsOf(stepsBefore), messages: messages.before },
      due,
      queues,
      usage: month === undefined ? null : { used: month.used, allowed: month.plan.messagesPerMonth },
    };
  };
}

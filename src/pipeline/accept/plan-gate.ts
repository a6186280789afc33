import { PaymentRequired } from '#src/infra/lib/errors.ts';
import type { Messages } from '#src/domain/messages/messages.ts';
import type { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import type { PublishRate } from '#src/domain/quotas/publish-rate.ts';
import type { MessageInput } from './message-input.ts';

interface Dependencies {
  messages: Messages;
  quota: MessageQuota;
  publishRate: PublishRate;
}

/** Holds messages to their account's plan, before any work is done for them. */
export class PlanGate {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /**
   * Admits messages of one account, all or none. Answers a function that releases their part of the quota, to be called
   * when they are counted or will not be. Throws TooManyRequests over the publish rate, PaymentRequired over the
   * month's quota.
   */
  async admit(inputs: MessageInput[]): Promise<() => void> {
    const { publishRate, quota } = this.#deps;
    const [first] = inputs;
    if (first === undefined) return nothing;
    const { accountId } = first.target;
    const plan = await quota.planOf(accountId);
    // Routing refuses a message of an account that is gone.
    if (plan === undefined) return nothing;
    await publishRate.take(accountId, plan, inputs.length);
    const release = await quota.reserve(accountId, inputs.length);
    return release instanceof PaymentRequired ? this.#admitNew(inputs, release) : release;
  }

  /** Admits repeats of accepted messages also over the quota, because they are answered and not counted. */
  async #admitNew(inputs: MessageInput[], refusal: PaymentRequired): Promise<() => void> {
    const { messages, quota } = this.#deps;
    const [first] = inputs;
    const eventIds = new Set(inputs.flatMap(({ eventId }) => eventId ?? []));
    if (first === undefined || eventIds.size === 0) throw refusal;
    const known = await messages.countEventIds(first.target, [...eventIds]);
    const fresh = inputs.filter(({ eventId }) => eventId === null).length + eventIds.size - known;
    if (fresh === 0) return nothing;
    if (fresh === inputs.length) throw refusal;
    const release = await quota.reserve(first.target.accountId, fresh);
    if (release instanceof PaymentRequired) throw release;
    return release;
  }
}

const nothing = () => undefined;

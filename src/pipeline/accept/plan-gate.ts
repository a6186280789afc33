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

/** Asks the plan whether messages may come in, before any work is done for them. */
export class PlanGate {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /**
   * Lets messages of one account in, all or none. Throws TooManyRequests when they come too fast, PaymentRequired when the
   * month has no room for them. Answers what gives their room back, to be called when they are counted or will not be.
   */
  async admit(inputs: MessageInput[]): Promise<() => void> {
    const { publishRate, quota } = this.#deps;
    const [first] = inputs;
    if (first === undefined) return nothing;
    const { accountId } = first.target;
    const plan = await quota.planOf(accountId);
    // The account is gone; routing says so.
    if (plan === undefined) return nothing;
    await publishRate.take(accountId, plan, inputs.length);
    const budget = await quota.reserve(accountId, inputs.length);
    return budget instanceof PaymentRequired ? this.#admitFresh(inputs, budget) : budget;
  }

  /** What was accepted before is answered as always, also when the month is full: only the others need room. */
  async #admitFresh(inputs: MessageInput[], refusal: PaymentRequired): Promise<() => void> {
    const { messages, quota } = this.#deps;
    const [first] = inputs;
    const eventIds = new Set(inputs.flatMap(({ eventId }) => eventId ?? []));
    if (first === undefined || eventIds.size === 0) throw refusal;
    const known = await messages.countEventIds(first.target, [...eventIds]);
    const fresh = inputs.filter(({ eventId }) => eventId === null).length + eventIds.size - known;
    if (fresh === 0) return nothing;
    if (fresh === inputs.length) throw refusal;
    const budget = await quota.reserve(first.target.accountId, fresh);
    if (budget instanceof PaymentRequired) throw budget;
    return budget;
  }
}

const nothing = () => undefined;

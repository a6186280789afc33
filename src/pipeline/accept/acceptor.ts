import type { Pool } from 'pg';
import { FilterSubject } from '#src/domain/outbound-rules/filter/subject.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { type ErrorDetail, Unavailable } from '#src/infra/lib/errors.ts';
import { LoopShare } from '#src/infra/lib/loop-share.ts';
import { compareByEventId, type ComparedMessage } from '#src/domain/messages/compare-messages.ts';
import type { Messages } from '#src/domain/messages/messages.ts';
import type { AppGate } from './app-gate.ts';
import { type AudienceGate, findUnexpected } from './audience-gate.ts';
import { requireSameEvent, requireSameEvents } from './event-ids.ts';
import type { PlanGate } from './plan-gate.ts';
import type { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import { applyFilters, nameFailedParts } from '#src/pipeline/routing/apply-filters.ts';
import { routeMessage, subjectOf } from './route-message.ts';
import type { RoutedMessage } from './routed-message.ts';
import { answerRepeats } from './refused-repeats.ts';
import type { Intake } from './intake.ts';
import type { AcceptedMessage, MessageInput } from './message-input.ts';
import { type Addressed, consider, type Considered } from '#src/pipeline/routing/route.ts';

const MAX_ROUTINGS = 5;
/** Of filters, before others run: a millisecond or two. */
const STEPS_PER_TURN = 50_000;

interface Dependencies {
  pool: Pool;
  directory: AppDirectory;
  intake: Intake;
  messages: Messages;
  clock: Clock;
  planGate: PlanGate;
  appGate: AppGate;
  audienceGate: AudienceGate;
}

type Explained = Addressed & Pick<MessageInput, 'expect' | 'headers'> & { dataText: string | null };

/** Accepts messages: routes them, and commits them with the jobs of their deliveries. */
export class Acceptor {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /**
   * Resolves after the commit. Throws NotFound when the target is gone, InvalidInput when the app has no such event
   * type or its schema does not allow the data, Unavailable when the database does not take the message now,
   * TooManyRequests and PaymentRequired when the plan does not allow it. Takes a repeat whatever the app has become.
   */
  async accept(input: MessageInput): Promise<AcceptedMessage> {
    const release = await this.#deps.planGate.admit([input]);
    try {
      return await this.#commit(input);
    } catch (error) {
      const repeat = (await answerRepeats(this.#deps, [input], error)).get(input);
      if (repeat === undefined) throw error;
      return repeat;
    } finally {
      release();
    }
  }

  /**
   * Accepts several messages of one app in their order, all or none. Throws as {@link accept} does; then nothing was
   * committed.
   */
  async acceptAll(inputs: MessageInput[]): Promise<AcceptedMessage[]> {
    if (inputs.length === 0) return [];
    const release = await this.#deps.planGate.admit(inputs);
    const posted = inputs.map((input, index) => ({ ...input, path: `messages.${String(index)}.` }));
    try {
      return await this.#acceptPosted(posted);
    } catch (error) {
      const repeats = await answerRepeats(this.#deps, posted, error);
      const others = posted.filter((one) => !repeats.has(one));
      const accepted = (await this.#acceptPosted(others)).values();
      return posted.flatMap((one) => repeats.get(one) ?? accepted.next().value ?? []);
    } finally {
      release();
    }
  }

  /** What the app does not take of messages that are refused already. */
  problemsOf(...of: Parameters<AppGate['problemsOf']>): Promise<ErrorDetail[]> {
    return this.#deps.appGate.problemsOf(...of);
  }

  /** Where the message would go; nothing is written. Throws as {@link accept} does. */
  async explain(message: Explained): Promise<Considered[]> {
    const { dataText, expect } = message;
    const { appGate } = this.#deps;
    const subject = new FilterSubject({ ...message, contentType: null, data: dataText });
    const filtering = { subject, share: new LoopShare(STEPS_PER_TURN) };
    for (let routing = 1; routing <= MAX_ROUTINGS; routing += 1) {
      const found = await appGate.find(message);
      const app = dataText === null ? found : await appGate.enforce(found, [{ ...message, dataText }]);
      const considered = consider(app, message, await applyFilters(app, message, filtering));
      const unexpected = findUnexpected(app, { endpointIds: idsOf(considered), expect });
      if (unexpected === null) return nameFailedParts(considered, filtering);
      await this.#deps.audienceGate.refuse(app, [unexpected]);
    }
    throw changesTooQuickly();
  }

  async #commit(input: MessageInput): Promise<AcceptedMessage> {
    const { appGate, clock } = this.#deps;
    const filtering = { subject: subjectOf(input), share: new LoopShare(STEPS_PER_TURN) };
    for (let routing = 1; routing <= MAX_ROUTINGS; routing += 1) {
      const app = await appGate.enforce(await appGate.find(input), [input]);
      const routed = await routeMessage(app, input, { ...filtering, nowMs: clock.now() });
      const unexpected = findUnexpected(app, { endpointIds: idsIn(routed), expect: input.expect });
      if (unexpected !== null) {
        await this.#deps.audienceGate.refuse(app, [unexpected]);
        continue;
      }
      const { message } = routed;
      const result = await this.#deps.intake.add(routed);
      if (result === 'accepted') return { message, isDuplicate: false };
      if (result === 'duplicate') {
        const first = await this.#deps.messages.findByEventId(message);
        requireSameEvent(message, first);
        return { message: first, isDuplicate: true };
      }
      this.#deps.directory.forget(app.id);
    }
    throw changesTooQuickly();
  }

  async #acceptPosted(inputs: MessageInput[]): Promise<AcceptedMessage[]> {
    const { appGate, intake } = this.#deps;
    const [first, ...others] = inputs;
    if (first === undefined) return [];
    const app = await appGate.enforce(await appGate.findForAll(first.target, inputs), inputs);
    const giveBack = intake.room.reserve(app.accountId, loadOf(inputs));
    try {
      return await this.#commitAll([first, ...others], app.revision);
    } finally {
      giveBack();
    }
  }

  /** `checkedAt`: the revision of the app by whose schemas the messages were checked before. */
  async #commitAll(inputs: [MessageInput, ...MessageInput[]], checkedAt: string): Promise<AcceptedMessage[]> {
    const { appGate, clock, directory, intake, messages } = this.#deps;
    const share = new LoopShare(STEPS_PER_TURN);
    for (let routing = 1; routing <= MAX_ROUTINGS; routing += 1) {
      let app = await appGate.findForAll(inputs[0].target, inputs);
      if (app.revision !== checkedAt) app = await appGate.enforce(app, inputs);
      const nowMs = clock.now();
      const routed: RoutedMessage[] = [];
      for (const input of inputs) {
        routed.push(await routeMessage(app, input, { subject: subjectOf(input), share, nowMs }));
      }
      const [first, ...others] = routed.flatMap((one, index) => {
        const { expect, path } = inputs[index] ?? {};
        return findUnexpected(app, { endpointIds: idsIn(one), expect, path }) ?? [];
      });
      if (first !== undefined) {
        await this.#deps.audienceGate.refuse(app, [first, ...others]);
        continue;
      }
      const posted = routed.map(({ message }) => message);
      let known = new Map<string | null, ComparedMessage>();
      const results = await intake.addAll(routed, async (client, inserted) => {
        const isAgain = (_: unknown, index: number) => inserted[index] === 'duplicate';
        known = await compareByEventId(client, inputs[0].target, posted.filter(isAgain));
        requireSameEvents(inputs.filter(isAgain), known);
      });
      if (!results.includes('stale')) {
        // Their payloads are as large as what was posted, because they are the same.
        const firsts = await messages.byIds(
          app,
          [...known.values()].map(({ id }) => id),
        );
        return posted.map((message, index) =>
          results[index] === 'accepted'
            ? { message, isDuplicate: false }
            : { message: firsts.get(known.get(message.eventId)?.id ?? '') ?? message, isDuplicate: true },
        );
      }
      directory.forget(app.id);
    }
    throw changesTooQuickly();
  }
}

const changesTooQuickly = () =>
  new Unavailable('The app is being changed too quickly to send through it. Try again in a second.', {
    retryAfterSeconds: 1,
  });

const idsOf = (considered: Considered[]) => () =>
  considered.flatMap(({ endpoint, reason }) => (reason === null || reason === 'held' ? [endpoint.id] : []));

const idsIn =
  ({ message, held, queued = [] }: RoutedMessage) =>
  () => [...message.endpointIds, ...held, ...queued.map(({ endpointId }) => endpointId)];

const loadOf = (inputs: MessageInput[]) => ({
  messages: inputs.length,
  bytes: inputs.reduce((sum, { dataBytes, dataText }) => sum + (dataBytes ?? dataText).length, 0),
});

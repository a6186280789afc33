import type { Clock } from '#src/infra/lib/clock.ts';
import { type AppError, InvalidInput, NotFound, Unavailable } from '#src/infra/lib/errors.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { compareByEventId } from '#src/domain/messages/compare-messages.ts';
import type { Messages } from '#src/domain/messages/messages.ts';
import { type AudienceGate, findUnexpected } from './audience-gate.ts';
import { requireSameEvent, requireSameEvents } from './event-ids.ts';
import { type Posted, problemOf, problemOfAll } from './message-problems.ts';
import type { PlanGate } from './plan-gate.ts';
import type { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import type { AppSnapshot } from '#src/pipeline/routing/app-snapshot.ts';
import { routeMessage } from './route-message.ts';
import type { RoutedMessage } from './routed-message.ts';
import type { SchemaInput, SchemaGate } from './schema-gate.ts';
import type { Intake } from './intake.ts';
import type { AcceptedMessage, MessageInput } from './message-input.ts';
import type { MessageTarget } from '#src/pipeline/routing/message-target.ts';
import { type Addressed, consider, type Considered } from '#src/pipeline/routing/route.ts';

const MAX_ROUTINGS = 5;

interface Dependencies {
  directory: AppDirectory;
  intake: Intake;
  messages: Messages;
  clock: Clock;
  planGate: PlanGate;
  schemaGate: SchemaGate;
  audienceGate: AudienceGate;
}

type Explained = Addressed & Pick<MessageInput, 'expect'> & { dataText: string | null };

/** Accepts messages: routes them, and commits them with the jobs of their deliveries. */
export class Acceptor {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /**
   * Resolves after the commit. Throws NotFound when the target is gone, InvalidInput when the app has no such event
   * type or its schema does not allow the data, Unavailable when the database does not take the message now,
   * TooManyRequests and PaymentRequired when the plan does not allow it.
   */
  async accept(input: MessageInput): Promise<AcceptedMessage> {
    const release = await this.#deps.planGate.admit([input]);
    try {
      return await this.#commit(input);
    } finally {
      release();
    }
  }

  /**
   * Accepts several messages of one app in their order, all or none. Throws as {@link accept} does; then nothing was
   * committed.
   */
  async acceptAll(inputs: MessageInput[]): Promise<AcceptedMessage[]> {
    const [first] = inputs;
    if (first === undefined) return [];
    const release = await this.#deps.planGate.admit(inputs);
    try {
      const app = await this.#enforce(await this.#findAppOfAll(first.target, inputs), inputs);
      const giveBack = this.#deps.intake.room.reserve(app.accountId, loadOf(inputs));
      try {
        return await this.#commitAll([first, ...inputs.slice(1)], app.revision);
      } finally {
        giveBack();
      }
    } finally {
      release();
    }
  }

  /** Where the message would go; nothing is written. Throws as {@link accept} does. */
  async explain(message: Explained): Promise<Considered[]> {
    const { dataText, expect } = message;
    for (let routing = 1; routing <= MAX_ROUTINGS; routing += 1) {
      const found = await this.#findApp(message);
      const app = dataText === null ? found : await this.#enforce(found, { ...message, dataText });
      const considered = consider(app, message);
      const unexpected = findUnexpected(app, { endpointIds: idsOf(considered), expect });
      if (unexpected === null) return considered;
      await this.#deps.audienceGate.refuse(app, [unexpected]);
    }
    throw changesTooQuickly();
  }

  async #commit(input: MessageInput): Promise<AcceptedMessage> {
    for (let routing = 1; routing <= MAX_ROUTINGS; routing += 1) {
      const app = await this.#enforce(await this.#findApp(input), input);
      const routed = routeMessage(app, input, this.#deps.clock.now());
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

  /** `checkedAt`: the revision of the app by whose schemas the messages were checked before. */
  async #commitAll(inputs: [MessageInput, ...MessageInput[]], checkedAt: string): Promise<AcceptedMessage[]> {
    const { clock, directory, intake, messages } = this.#deps;
    for (let routing = 1; routing <= MAX_ROUTINGS; routing += 1) {
      let app = await this.#findAppOfAll(inputs[0].target, inputs);
      if (app.revision !== checkedAt) app = await this.#enforce(app, inputs);
      const nowMs = clock.now();
      const routed = inputs.map((input) => routeMessage(app, input, nowMs));
      const [first, ...others] = routed.flatMap((one, index) => {
        const { expect } = inputs[index] ?? {};
        return (
          findUnexpected(app, { endpointIds: idsIn(one), expect, prefix: `messages.${String(index)}.` }) ?? []
        );
      });
      if (first !== undefined) {
        await this.#deps.audienceGate.refuse(app, [first, ...others]);
        continue;
      }
      const posted = routed.map(({ message }) => message);
      let known = new Map<string | null, Pick<Message, 'id'>>();
      const results = await intake.addAll(routed, async (client, inserted) => {
        const again = posted.map((message, index) => (inserted[index] === 'duplicate' ? message : null));
        const compared = await compareByEventId(
          client,
          inputs[0].target,
          again.filter((one) => one !== null),
        );
        requireSameEvents(again, compared);
        known = compared;
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

  #findApp(input: Posted): Promise<AppSnapshot> {
    return this.#findAppWithout(input.target, (app) => problemOf(app, input));
  }

  /** The app of a batch. Throws InvalidInput that names each message whose event type the app does not have. */
  #findAppOfAll(target: MessageTarget, inputs: Posted[]): Promise<AppSnapshot> {
    return this.#findAppWithout(target, (app) => problemOfAll(app, inputs));
  }

  /** The app from the cache, or read again when the cached one lacks what a message names, which may be new. */
  async #findAppWithout(
    { accountId, appId }: MessageTarget,
    problemIn: (app: AppSnapshot) => AppError | null,
  ): Promise<AppSnapshot> {
    const { directory } = this.#deps;
    const cached = await directory.get(appId);
    if (cached !== null && problemIn(cached) === null) return cached;
    directory.forget(appId);
    const app = await directory.get(appId);
    if (app?.accountId !== accountId) throw new NotFound('The app is gone.');
    const problem = problemIn(app);
    if (problem !== null) throw problem;
    return app;
  }

  /** The app whose schemas allow the messages: the cached one, or the current one if that refuses them and is stale. */
  async #enforce(app: AppSnapshot, posted: SchemaInput | SchemaInput[]): Promise<AppSnapshot> {
    const { directory, schemaGate } = this.#deps;
    try {
      await schemaGate.require(app, posted);
      return app;
    } catch (error) {
      if (!(error instanceof InvalidInput) || (await directory.isCurrent(app))) throw error;
    }
    directory.forget(app.id);
    const now = await directory.get(app.id);
    if (now === null) throw new NotFound('The app is gone.');
    await schemaGate.require(now, posted);
    return now;
  }
}

const changesTooQuickly = () =>
  new Unavailable('The app is being changed too quickly to send through it. Try again in a second.', {
    retryAfterSeconds: 1,
  });

const idsOf = (considered: Considered[]) => () =>
  considered.flatMap(({ endpoint, reason }) => (reason === null || reason === 'held' ? [endpoint.id] : []));

const idsIn =
  ({ message, held }: RoutedMessage) =>
  () => [...message.endpointIds, ...held];

const loadOf = (inputs: MessageInput[]) => ({
  messages: inputs.length,
  bytes: inputs.reduce((sum, { dataBytes, dataText }) => sum + (dataBytes ?? dataText).length, 0),
});

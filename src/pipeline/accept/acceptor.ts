import type { Clock } from '#src/infra/lib/clock.ts';
import { InvalidInput, NotFound, Unavailable } from '#src/infra/lib/errors.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Message } from '#src/domain/messages/message.ts';
import type { Messages } from '#src/domain/messages/messages.ts';
import { mustNotSet } from '#src/domain/messages/message-headers.ts';
import { findOwnHeader } from '#src/domain/messages/own-headers.ts';
import type { PlanGate } from './plan-gate.ts';
import type { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import type { AppSnapshot } from '#src/pipeline/routing/app-snapshot.ts';
import type { SchemaInput, SchemaGate } from './schema-gate.ts';
import type { Intake } from './intake.ts';
import type { AcceptedMessage, MessageInput } from './message-input.ts';
import { type Addressed, consider, type Considered, route } from '#src/pipeline/routing/route.ts';

const MAX_ROUTINGS = 5;

interface Dependencies {
  directory: AppDirectory;
  intake: Intake;
  messages: Messages;
  clock: Clock;
  planGate: PlanGate;
  schemaGate: SchemaGate;
}

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
   * Accepts several messages of one app, in their order. Event types, schemas and the plan are checked for all before
   * the first is committed. Throws as {@link accept} does, and Unavailable with the code `batch_incomplete` when only
   * some of them were committed.
   */
  async acceptAll(inputs: MessageInput[]): Promise<AcceptedMessage[]> {
    let app = await this.#findAppOfAll(inputs);
    if (app !== undefined) app = await this.#enforce(app, inputs);
    if (app !== undefined) this.#deps.intake.requireCapacity(app.accountId, inputs.length);
    const release = await this.#deps.planGate.admit(inputs);
    const results = await Promise.allSettled(inputs.map((input) => this.#commit(input, app?.revision)));
    release();
    const accepted = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (accepted.length === inputs.length) return accepted;
    throw new Unavailable(
      `Only ${String(accepted.length)} of the ${String(inputs.length)} messages could be taken. ` +
        'Send the batch again: those with an event_id that were taken are not sent twice.',
      { code: 'batch_incomplete', retryAfterSeconds: 1 },
    );
  }

  /** Where the message would go; nothing is written. Throws as {@link accept} does. */
  async explain(message: Addressed & { dataText: string | null }): Promise<Considered[]> {
    const app = await this.#findApp(message);
    const { dataText } = message;
    if (dataText === null) return consider(app, message);
    return consider(await this.#enforce(app, { ...message, dataText }), message);
  }

  /** `checkedAt`: the revision of the app by whose schemas the message was checked before. */
  async #commit(input: MessageInput, checkedAt?: string): Promise<AcceptedMessage> {
    for (let routing = 1; routing <= MAX_ROUTINGS; routing += 1) {
      let app = await this.#findApp(input);
      if (app.revision !== checkedAt) app = await this.#enforce(app, input);
      const message = this.#buildMessage(app, input);
      const { held, sent } = route(app, input);
      message.endpointIds = sent;
      message.deliveriesCount = sent.length + held.length;
      const result = await this.#deps.intake.add({ message, held, revision: app.revision });
      if (result === 'accepted') return { message, isDuplicate: false };
      if (result === 'duplicate') return { message: await this.#firstMessage(message), isDuplicate: true };
      this.#deps.directory.forget(app.id);
    }
    throw new Unavailable('The app is being changed too quickly to send through it. Try again in a second.', {
      retryAfterSeconds: 1,
    });
  }

  /** The app of a batch. Throws InvalidInput that names each message whose event type the app does not have. */
  async #findAppOfAll(inputs: MessageInput[]): Promise<AppSnapshot | undefined> {
    let app: AppSnapshot | undefined;
    for (const [index, input] of inputs.entries()) {
      try {
        app = await this.#findApp(input);
      } catch (error) {
        // #findApp has read the app again, so an event type that is unknown now does not exist.
        const now = await this.#deps.directory.get(input.target.appId);
        throw (now === null ? null : problemOfAll(now, inputs.slice(index), index)) ?? error;
      }
    }
    return app;
  }

  /**
   * The app from the cache, or read again when the cached one does not know what the message names, which may be new.
   */
  async #findApp(input: Posted): Promise<AppSnapshot> {
    const { directory } = this.#deps;
    const { appId } = input.target;
    const cached = await directory.get(appId);
    if (cached !== null && problemOf(cached, input) === null) return cached;
    directory.forget(appId);
    const app = await directory.get(appId);
    if (app?.accountId !== input.target.accountId) throw new NotFound('The app is gone.');
    const problem = problemOf(app, input);
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

  #buildMessage(app: AppSnapshot, input: MessageInput): Message {
    const { target, dataText, dataBytes, contentType = null, ...fields } = input;
    const { subscriptionId, endpointId } = target;
    const id = uuidv7(this.#deps.clock.now());
    return {
      ...fields,
      id,
      accountId: app.accountId,
      appId: app.id,
      subscriptionId,
      endpointId,
      endpointIds: [],
      deliveriesCount: 0,
      contentType,
      data: dataBytes ?? dataText,
    };
  }

  async #firstMessage(message: Message): Promise<Message> {
    const first = await this.#deps.messages.findByEventId(message);
    if (first === null) throw new NotFound('The message with this event_id is past its retention.');
    return first;
  }
}

/** What is checked against the app that a message is posted to. */
type Posted = Addressed & Partial<Pick<MessageInput, 'headers'>>;

function problemOfAll(app: AppSnapshot, inputs: Posted[], first: number): InvalidInput | null {
  const problems = inputs.map((input) => problemOf(app, input));
  const details = problems.flatMap((problem, index) =>
    (problem?.details ?? []).map(({ path, message }) => ({
      path: `messages.${String(first + index)}.${path}`,
      message,
    })),
  );
  const [{ path, message } = { path: '', message: '' }] = details;
  if (path === '') return null;
  const code = problems.find((problem) => problem?.details !== undefined)?.code ?? 'invalid';
  return new InvalidInput(`${path}: ${message}`, { code, details });
}

function problemOf(app: AppSnapshot, { target, eventType, headers }: Posted): InvalidInput | NotFound | null {
  if (app.accountId !== target.accountId) return new NotFound('The app is gone.');
  if (target.endpointId !== null && !app.endpoints.has(target.endpointId)) {
    return new NotFound('The endpoint is gone.');
  }
  if (app.eventTypes.has(eventType)) return problemOfHeaders(app, Object.keys(headers ?? {}));
  const message = `The app has no webhook event "${eventType}". Create it in the app first; names must match exactly.`;
  return new InvalidInput(message, {
    code: 'unknown_event_type',
    details: [{ path: 'event_type', message }],
  });
}

function problemOfHeaders(app: AppSnapshot, names: string[]): InvalidInput | null {
  const own = findOwnHeader(names, app.headerPrefix);
  if (own === undefined) return null;
  return new InvalidInput(`headers ${mustNotSet(own)}.`, {
    details: [{ path: 'headers', message: mustNotSet(own) }],
  });
}

import { type AppError, type ErrorDetail, InvalidInput, NotFound } from '#src/infra/lib/errors.ts';
import type { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import type { AppSnapshot } from '#src/pipeline/routing/app-snapshot.ts';
import type { MessageTarget } from '#src/pipeline/routing/message-target.ts';
import { type Posted, problemOf, problemOfAll } from './message-problems.ts';
import type { SchemaGate, SchemaInput } from './schema-gate.ts';

interface Dependencies {
  directory: AppDirectory;
  schemaGate: SchemaGate;
}

/** Holds messages to what their app has: endpoints, event types and schemas. */
export class AppGate {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  find(input: Posted): Promise<AppSnapshot> {
    return this.#findWithout(input.target, (app) => problemOf(app, input));
  }

  /** The app of a batch. Throws InvalidInput that names each message that the app does not take. */
  findForAll(target: MessageTarget, inputs: Posted[]): Promise<AppSnapshot> {
    return this.#findWithout(target, (app) => problemOfAll(app, inputs));
  }

  /** What the app does not take of messages, by their event types; nothing where the cached one is not current. */
  async problemsOf(
    target: MessageTarget,
    events: { eventType: string; path: string }[],
  ): Promise<ErrorDetail[]> {
    const { directory } = this.#deps;
    const app = await directory.get(target.appId);
    if (app === null) return [];
    const problem = problemOfAll(
      app,
      events.map((event) => ({ ...event, target, version: '' })),
    );
    return problem !== null && (await directory.isCurrent(app)) ? (problem.details ?? []) : [];
  }

  /** The app whose schemas allow the messages: the cached one, or the current one if that refuses them and is stale. */
  async enforce(app: AppSnapshot, posted: SchemaInput[]): Promise<AppSnapshot> {
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

  /** The app from the cache, or read again when the cached one lacks what a message names, which may be new. */
  async #findWithout(
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
}

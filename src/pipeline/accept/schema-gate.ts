import { detailOf } from '#src/domain/apps/schema-versions.ts';
import type { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import { type ErrorDetail, InvalidInput } from '#src/infra/lib/errors.ts';
import type { AppSnapshot } from '#src/pipeline/routing/app-snapshot.ts';
import type { MessageInput } from './message-input.ts';

/** What a schema is checked against. */
export type SchemaInput = Pick<MessageInput, 'eventType' | 'version' | 'dataText'>;

/**
 * Holds messages to the schemas of their event types, where these are enforced. Fails closed: a message that cannot be
 * checked is refused.
 */
export class SchemaGate {
  readonly #checker: SchemaChecker;

  constructor(checker: SchemaChecker) {
    this.#checker = checker;
  }

  /**
   * Throws InvalidInput that names what the schema does not allow by its path: `data.amount`, or in a batch
   * `messages.3.data.amount`.
   */
  async require(app: AppSnapshot, posted: SchemaInput | SchemaInput[]): Promise<void> {
    if (app.schemas.size === 0) return;
    const problems = Array.isArray(posted)
      ? posted.map((message, index) => this.#problems(app, message, `messages.${String(index)}.`))
      : [this.#problems(app, posted, '')];
    refuse((await Promise.all(problems)).flat());
  }

  async #problems(app: AppSnapshot, message: SchemaInput, prefix: string): Promise<ErrorDetail[]> {
    const schemas = app.schemas.get(message.eventType);
    const schema = schemas?.byVersion.get(message.version) ?? schemas?.others ?? null;
    if (schema === null) return [];
    const problems = await this.#checker.check(app.accountId, { schema, data: message.dataText });
    return problems.map((problem) =>
      problem.of === 'data'
        ? detailOf(problem, `${prefix}data`)
        : { path: `${prefix}event_type`, message: `has a schema that ${problem.message}` },
    );
  }
}

const MAX_DETAILS = 100;

function refuse(details: ErrorDetail[]): void {
  if (details.length === 0) return;
  const [first] = details;
  const more = details.length > 1 ? `, and ${String(details.length - 1)} more` : '';
  throw new InvalidInput(
    `The data is not as the schema of its event type says: ${first?.path ?? ''} ${first?.message ?? ''}${more}.`,
    { code: 'schema_violation', details: details.slice(0, MAX_DETAILS) },
  );
}

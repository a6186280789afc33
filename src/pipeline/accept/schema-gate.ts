import { detailOf } from '#src/domain/apps/schema-versions.ts';
import type { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import type { SchemaQuestion } from '#src/domain/event-schemas/schema-problem.ts';
import { type ErrorDetail, InvalidInput } from '#src/infra/lib/errors.ts';
import type { AppSnapshot } from '#src/pipeline/routing/app-snapshot.ts';
import type { EnforcedSchemas } from './enforced-schemas.ts';
import type { MessageInput } from './message-input.ts';

/** What a schema is checked against. */
export type SchemaInput = Pick<MessageInput, 'eventType' | 'version' | 'dataText' | 'path'>;

/**
 * Holds messages to the schemas of their event types, where these are enforced. Fails closed: a message that cannot be
 * checked is refused.
 */
export class SchemaGate {
  readonly #checker: SchemaChecker;
  readonly #schemas: EnforcedSchemas;

  constructor(checker: SchemaChecker, schemas: EnforcedSchemas) {
    this.#checker = checker;
    this.#schemas = schemas;
  }

  /**
   * Throws InvalidInput that names what the schema does not allow by its path: `data.amount`, or in a batch
   * `messages.3.data.amount`. A batch loads its schemas one after the other.
   */
  async require(app: AppSnapshot, posted: SchemaInput[]): Promise<void> {
    if (app.enforced.size === 0) return;
    const enforced = posted.filter(({ eventType }) => app.enforced.has(eventType));
    const details = new Map<SchemaInput, ErrorDetail[]>();
    const alike = Map.groupBy(enforced, ({ eventType, version }) => `${eventType} ${version}`);
    for (const group of alike.values()) {
      const schema = group[0] === undefined ? null : await this.#schemas.get(app, group[0]);
      if (schema === null) continue;
      await Promise.all(
        group.map(async (message) => {
          const question = { schema, data: message.dataText };
          details.set(message, await this.#problems(app.accountId, question, message.path ?? ''));
        }),
      );
    }
    refuse(enforced.flatMap((message) => details.get(message) ?? []));
  }

  async #problems(accountId: string, question: SchemaQuestion, prefix: string): Promise<ErrorDetail[]> {
    const problems = await this.#checker.check(accountId, question);
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

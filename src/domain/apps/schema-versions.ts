import type { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import type { SchemaProblem } from '#src/domain/event-schemas/schema-problem.ts';
import { type ErrorDetail, InvalidInput } from '#src/infra/lib/errors.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';
import { elementSpans, memberSpans } from '#src/infra/lib/json-text.ts';

/** The schema and the example of one version of an event; null stands for those of the event. */
export interface EventVersion {
  version: string;
  schema: JsonValue;
  /** JSON text as the provider wrote it; null: the event's sample payload. */
  exampleText: string | null;
}

/** The schemas and samples of an event, as stored. */
export interface EventSchemas {
  /** For versions without a schema of their own; null accepts any data. */
  schema: JsonValue;
  samplePayloadText: string;
  /** JSON text of the versions: see {@link writeVersions}. */
  versionsText: string;
  enforce: boolean;
}

/** What stands in for a sample that nobody gave. It is held to no schema, because it would blame what nobody sent. */
export const NO_SAMPLE = '{}';

/** Throws InvalidInput when a schema cannot be used, or when it is enforced and a sample of the event violates it. */
export async function checkEventSchemas(
  schemaChecker: SchemaChecker,
  accountId: string,
  event: EventSchemas,
): Promise<void> {
  const checker = { schemaChecker, accountId };
  const { schema, samplePayloadText, enforce } = event;
  const versions = readVersions(event.versionsText);
  const hasSample = samplePayloadText !== NO_SAMPLE;
  const checked = await Promise.all([
    problemsAt(checker, { schema, data: enforce && hasSample ? samplePayloadText : null }, [
      'schema',
      'sample_payload',
    ]),
    ...versions.map((one, index) => {
      const place = `versions.${String(index)}`;
      const data = enforce ? one.exampleText : null;
      return problemsAt(checker, { schema: one.schema ?? schema, data }, [
        one.schema === null ? 'schema' : `${place}.schema`,
        `${place}.example`,
      ]);
    }),
  ]);
  const details = checked.flat();
  if (details.length === 0) return;
  const unique = [...new Map(details.map((detail) => [`${detail.path} ${detail.message}`, detail])).values()];
  const message = `${unique.map(({ path, message: problem }) => `${path} ${problem}`).join('; ')}.`;
  throw new InvalidInput(message, { details: unique });
}

async function problemsAt(
  { schemaChecker, accountId }: { schemaChecker: SchemaChecker; accountId: string },
  { schema, data }: { schema: JsonValue; data: string | null },
  [schemaPlace, dataPlace]: [string, string],
): Promise<ErrorDetail[]> {
  if (schema === null) return [];
  const problems = await schemaChecker.check(accountId, { schema: JSON.stringify(schema), data });
  return problems.map((problem) => detailOf(problem, problem.of === 'schema' ? schemaPlace : dataPlace));
}

/** The problem as the detail of an error, with its path below `place`. */
export const detailOf = ({ path, message }: SchemaProblem, place: string): ErrorDetail => ({
  path: path === '' ? place : `${place}.${path}`,
  message,
});

/** Versions as JSON text that contains each example byte for byte. */
export function writeVersions(versions: EventVersion[]): string {
  const texts = versions.map(({ version, schema, exampleText }) => {
    const [name, rules] = [JSON.stringify(version), JSON.stringify(schema)];
    return `{"version":${name},"schema":${rules},"example":${exampleText ?? 'null'}}`;
  });
  return `[${texts.join(',')}]`;
}

export function readVersions(text: string): EventVersion[] {
  const parsed = JSON.parse(text) as { version: string; schema: JsonValue; example: unknown }[];
  const spans = parsed.length === 0 ? [] : elementSpans(text);
  return parsed.map(({ version, schema, example }, index) => {
    const span = memberSpans(text, spans[index]?.start).get('example');
    const written = span === undefined ? null : text.slice(span.start, span.end);
    return { version, schema, exampleText: example === null ? null : written };
  });
}

/** JSON text of the data that a test message of this version carries. */
export function sampleOf(event: EventSchemas, version: string): string {
  const own = readVersions(event.versionsText).find((one) => one.version === version);
  return own?.exampleText ?? event.samplePayloadText;
}

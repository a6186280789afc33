import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { deleteField, type FieldPath, fieldPath, parseFieldPath, readField } from './field-path.ts';

const fields = z.array(fieldPath).min(1).max(FIXED_LIMITS.deduplicationFields.max);

/** Which messages are the same to an endpoint, so that only the first of them is sent. */
export const deduplication = z
  .strictObject({
    window_seconds: z.int().min(1).max(3600).describe('For how long after the first one.'),
    include_fields: fields.optional().describe('Those of the same values here are the same.'),
    exclude_fields: fields.optional().describe('Those that differ in nothing but these are the same.'),
  })
  .refine((rule) => rule.include_fields === undefined || rule.exclude_fields === undefined, {
    path: ['exclude_fields'],
    message: 'must not be given beside include_fields',
  })
  .meta({
    id: 'Deduplication',
    description:
      'A message that is the same as an earlier one is ignored. Without fields all of it must be the same.',
    examples: [{ window_seconds: 60, include_fields: ['body.order.id'] }],
  });

type Deduplication = z.output<typeof deduplication>;

/** What a message is compared by. */
export interface ComparedContent {
  eventType: string;
  version: string;
  headers: Record<string, string> | null;
  /** `null`: JSON. */
  contentType: string | null;
  data: string | Buffer;
}

/** The rule, ready to be asked. Made once for each snapshot of an app. */
export class CompiledDeduplication {
  readonly windowSeconds: number;
  /** Equal rules have equal texts. Part of each key, so that a changed rule has seen nothing. */
  readonly text: string;
  readonly #include: FieldPath[] | null;
  readonly #exclude: FieldPath[];

  constructor(rule: Deduplication) {
    const { window_seconds: windowSeconds, include_fields: include, exclude_fields: exclude = [] } = rule;
    this.windowSeconds = windowSeconds;
    this.text = JSON.stringify([windowSeconds, include ?? null, exclude]);
    this.#include = include?.map(parseFieldPath) ?? null;
    this.#exclude = exclude.map(parseFieldPath);
  }

  /** What messages that are the same have in common: 43 characters. */
  keyOf(content: ComparedContent): string {
    const hash = createHash('sha256').update(this.text);
    const headers = lowerCased(content.headers);
    if (this.#include !== null) {
      hash.update(included(this.#include, { body: bodyOf(content), headers }));
    } else {
      const left = this.#exclude.some(({ part, steps }) => part === 'headers' && steps.length === 0)
        ? {}
        : headers;
      for (const { part, steps } of this.#exclude) if (part === 'headers') deleteField(left, steps);
      const { eventType, version, contentType } = content;
      hash.update(JSON.stringify([eventType, version, contentType, Object.entries(left).toSorted()]));
      hash.update(this.#withoutExcluded(content));
    }
    return hash.digest('base64url');
  }

  #withoutExcluded(content: ComparedContent): string | Buffer {
    const paths = this.#exclude.filter(({ part }) => part === 'body');
    if (paths.some(({ steps }) => steps.length === 0)) return '';
    const body = paths.length === 0 ? undefined : bodyOf(content);
    if (body === undefined) return content.data;
    for (const { steps } of paths) deleteField(body, steps);
    return jsonOf(body) ?? content.data;
  }
}

function included(paths: FieldPath[], parts: { body: unknown; headers: Record<string, string> }): string {
  const values = paths.map(({ part, steps }) => {
    const value = parts[part];
    return value === undefined ? '' : readField(value, steps);
  });
  return jsonOf(values) ?? '';
}

const lowerCased = (headers: Record<string, string> | null): Record<string, string> =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));

/** The parsed data; undefined: it is no JSON, or too deep to be looked into. */
function bodyOf({ data, contentType }: ComparedContent): unknown {
  if (contentType !== null && !/^[^;]*[/+]json *(?:;|$)/i.test(contentType)) return undefined;
  const text = typeof data === 'string' ? data : data.toString('utf8');
  try {
    // Numbers of so many digits may be the same only because they are rounded.
    return /\d{16}/.test(text) ? (JSON.parse(text, keepDigits) as unknown) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keepDigits(_key: string, value: unknown, { source }: { source?: string } = {}): unknown {
  return typeof value === 'number' && source !== undefined && source.length >= 16
    ? { number: source }
    : value;
}

/** Undefined: it is too deep. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

import { z } from 'zod';
import type { JsonValue } from '#src/infra/lib/json.ts';
import { checkFilter } from './filter/check.ts';
import { compile, type FoldName } from './filter/compile.ts';
import { failedParts } from './filter/failed-parts.ts';
import { Scope, type Test, TooCostly } from './filter/scope.ts';
import { type Filterable, FilterSubject } from './filter/subject.ts';

export const filter = z
  .strictObject({
    body: z.unknown().describe('What the `data` must be like.'),
    headers: z.unknown().describe('What the extra headers of the message must be like.'),
    event_type: z.unknown().describe('What the event type must be like.'),
    version: z.unknown().describe('What the version must be like.'),
  })
  .partial()
  .superRefine(checkFilter)
  .meta({
    id: 'Filter',
    description: 'Which messages are sent; others are ignored. Every part that is given must hold.',
    examples: [{ body: { amount: { $gte: 100 } } }],
  });

export type Filter = z.output<typeof filter>;

export interface FilterVerdict {
  matches: boolean;
  /** The paths of what did not hold, such as `body.order.amount.$gt`; at most 50. */
  failed: string[];
  /** Whether the filter was given up, because it would have taken too long on this message. */
  isTooCostly: boolean;
}

/** Steps that any filter may take on one message; tens of nanoseconds each. */
const STEPS = 100_000;
/** And for each character of the data. To ask one element of an array for three fields takes four steps. */
const STEPS_PER_CHARACTER = 0.5;
const MAX_FAILED = 50;

/** Parts in the order in which they are tested: the data last, because it must be parsed. */
const PARTS = ['event_type', 'version', 'headers', 'body'] as const;
type PartName = (typeof PARTS)[number];

interface Part {
  name: PartName;
  test: Test;
  wanted: JsonValue;
  foldName: FoldName;
}

/** Tries a filter on one message, for people who write it. */
export const testFilter = (parts: Filter, message: Filterable): FilterVerdict =>
  new CompiledFilter(parts).judge(new FilterSubject(message));

/** A filter, ready to be asked. Made once for each snapshot of an app. */
export class CompiledFilter {
  readonly #parts: Part[];

  constructor(parts: Filter) {
    this.#parts = PARTS.filter((name) => parts[name] !== undefined).map((name) => {
      const foldName: FoldName = name === 'headers' ? (header) => header.toLowerCase() : String;
      const wanted = parts[name] as JsonValue;
      return { name, wanted, foldName, test: compile(wanted, foldName) };
    });
  }

  /**
   * Whether the message passes. Fails closed: a filter that takes more steps than its budget does not match, because
   * the delivery is then kept as ignored and can be replayed, and what was sent cannot be taken back.
   */
  matches(subject: FilterSubject): boolean {
    return this.#parts.every((part) => ask(part, subject) === 'holds');
  }

  /** As {@link matches}, with what did not hold. Takes several times as long. */
  judge(subject: FilterSubject): FilterVerdict {
    const failed: string[] = [];
    let isTooCostly = false;
    for (const part of this.#parts) {
      const answer = ask(part, subject);
      if (answer === 'holds') continue;
      isTooCostly ||= answer === 'too costly';
      failed.push(...(answer === 'fails' ? namesOf(part, subject) : [part.name]));
    }
    return { matches: failed.length === 0, failed: failed.slice(0, MAX_FAILED), isTooCostly };
  }
}

function ask(part: Part, subject: FilterSubject): 'holds' | 'fails' | 'too costly' {
  if (part.name === 'body' && !subject.hasBody) return 'holds';
  const budget = STEPS + STEPS_PER_CHARACTER * subject.bodyLength;
  const scope = new Scope(SEEN[part.name](subject), budget);
  try {
    return part.test(scope.root, scope) ? 'holds' : 'fails';
  } catch (error) {
    if (error instanceof TooCostly) return 'too costly';
    throw error;
  } finally {
    subject.steps += budget - scope.left;
  }
}

/** The whole part where it takes too long to name what of it fails. */
function namesOf({ name: path, wanted, foldName }: Part, subject: FilterSubject): string[] {
  const scope = new Scope(SEEN[path](subject), STEPS + STEPS_PER_CHARACTER * subject.bodyLength);
  try {
    return failedParts(wanted, scope.root, { path, scope, foldName }).take(MAX_FAILED).toArray();
  } catch (error) {
    if (error instanceof TooCostly) return [path];
    throw error;
  }
}

const SEEN: Record<PartName, (subject: FilterSubject) => unknown> = {
  event_type: ({ eventType }) => eventType ?? undefined,
  version: ({ version }) => version ?? undefined,
  headers: ({ headers }) => headers,
  body: ({ body }) => body,
};

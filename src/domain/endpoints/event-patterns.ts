import { z } from 'zod';

/** The end of a pattern: `order.*` stands for every event type that begins with `order.`. */
const ANY = '.*';

export const eventPattern = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9_.:/-]+\.\*$/, 'must be like order.*');

export const isEventPattern = (type: string): boolean => eventPattern.safeParse(type).success;

/** The patterns that an event type is of: of `order.paid.late` those are `order.*` and `order.paid.*`. */
export function patternsOf(eventType: string): string[] {
  const patterns: string[] = [];
  for (let dot = eventType.indexOf('.'); dot !== -1; dot = eventType.indexOf('.', dot + 1)) {
    if (dot > 0 && dot < eventType.length - 1) patterns.push(eventType.slice(0, dot) + ANY);
  }
  return patterns;
}

/** Whether an endpoint with these types and patterns receives the type; `patterns` are {@link patternsOf} it. */
export const receives = (enabled: ReadonlySet<string>, type: string, patterns: readonly string[]): boolean =>
  enabled.has(type) || patterns.some((pattern) => enabled.has(pattern));

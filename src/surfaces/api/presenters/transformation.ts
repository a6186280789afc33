import { z } from 'zod';
import { type OutgoingContent, isJson } from '#src/domain/transformations/apply.ts';
import type { TriedRequest } from '#src/domain/transformations/dry-run.ts';
import { CONSOLE_LEVELS, type ConsoleLine } from '#src/domain/transformations/runtime/run.ts';
import type { Execution, Transformation } from '#src/domain/transformations/transformation.ts';
import { timeOfId } from '#src/infra/lib/ids.ts';
import { createdAt, id, named, time } from './shape.ts';

export const transformationShape = named(
  'Transformation',
  'Code that changes what is sent to the endpoints that use it.',
  z.object({
    id: id(),
    name: z.string().meta({ examples: ['Flatten orders'] }),
    code: z.string().meta({ examples: ['addHandler("transform", (request) => request);'] }),
    version: z.int().meta({ description: 'Counts the changes of the code, from 1.', examples: [1] }),
    created_at: createdAt,
    updated_at: time('When it was changed last.'),
  }),
);

export function presentTransformation(row: Transformation): z.output<typeof transformationShape> {
  const { name, code, version, createdAt: made, updatedAt } = row;
  return { id: row.id, name, code, version, created_at: made, updated_at: updatedAt };
}

const consoleShape = z
  .array(z.object({ level: z.enum(CONSOLE_LEVELS), text: z.string() }))
  .describe('What the code printed: at most 100 lines of 1,000 characters.');
const errorShape = z
  .string()
  .nullable()
  .meta({ description: 'What went wrong, and where; null: nothing.', examples: [null] });
const headersShape = z.record(z.string(), z.string());

export const transformationRunShape = named(
  'TransformationRun',
  'What code did with a request. Nothing was sent.',
  z.object({
    request: z
      .object({
        headers: headersShape,
        body: z.unknown().describe('JSON byte for byte, else a text.'),
        event_type: z.string(),
        version: z.string(),
        id: z.string(),
      })
      .nullable()
      .describe('What would be sent; null: nothing, because the code answered null, or failed.'),
    console: consoleShape,
    error: errorShape,
  }),
);

interface Tried {
  request: TriedRequest;
  content: OutgoingContent | null;
  console: ConsoleLine[];
  error: string | null;
}

/** Returns a JSON text, because the body is shown byte for byte. */
export function presentRun({ request, content, console, error }: Tried): string {
  const rest = JSON.stringify({ console, error });
  if (content === null) return `{"request":null,${rest.slice(1)}`;
  const { id: messageId, eventType, version } = request;
  const headers = { ...content.headers, 'content-type': content.contentType ?? 'application/json' };
  const others = JSON.stringify({ event_type: eventType, version, id: messageId });
  const shown = `{"headers":${JSON.stringify(headers)},"body":${bodyAsJson(content)},${others.slice(1)}`;
  return `{"request":${shown},${rest.slice(1)}`;
}

function bodyAsJson(content: OutgoingContent): string {
  const body = content.body.toString();
  if (isJson(content)) {
    try {
      JSON.parse(body);
      return body;
    } catch {
      // A text that is sent as it is.
    }
  }
  return JSON.stringify(body);
}

const keptShape = z.object({
  headers: headersShape,
  body: z.string().describe('The first 16,384 characters.'),
});

export const executionShape = named(
  'TransformationExecution',
  'A run of a transformation for a delivery.',
  z.object({
    id: id(),
    transformation_id: id('The transformation.'),
    version: z.int().meta({ description: 'Of its code.', examples: [1] }),
    message_id: id('The message.'),
    endpoint_id: id('The endpoint.'),
    outcome: z
      .enum(['sent', 'ignored', 'failed'])
      .describe('`ignored`: the code answered null. `failed`: nothing was sent because of `error`.'),
    request: keptShape.describe('What the code was given.'),
    result: keptShape.nullable().describe('What was sent; null: nothing.'),
    console: consoleShape,
    error: errorShape,
    duration_ms: z.int().meta({ description: 'With the wait for a turn.', examples: [3] }),
    created_at: time('When it was made.'),
  }),
);

export function presentExecution(row: Execution): z.output<typeof executionShape> {
  return {
    id: row.id,
    transformation_id: row.transformationId,
    version: row.version,
    message_id: row.messageId,
    endpoint_id: row.endpointId,
    outcome: row.outcome,
    request: row.request,
    result: row.result,
    console: row.console,
    error: row.error,
    duration_ms: row.durationMs,
    created_at: new Date(timeOfId(row.id)),
  };
}

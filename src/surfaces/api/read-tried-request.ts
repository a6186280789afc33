import type { z } from 'zod';
import { messageHeaders } from '#src/domain/messages/message-headers.ts';
import { isJson } from '#src/domain/transformations/apply.ts';
import type { TriedRequest } from '#src/domain/transformations/dry-run.ts';
import { memberSpans } from '#src/infra/lib/json-text.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import type { Json } from './json-body.ts';
import { transformationRun } from './schemas/transformations.ts';

export type RunInput = Omit<z.output<typeof transformationRun>, 'request'> & {
  request: TriedRequest | undefined;
};

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** Parses the input of a dry run. The body is cut out of the text, because an unchanged body keeps its bytes. */
export function parseRun({ text, value }: Json): RunInput {
  const { request, ...input } = parseInput(transformationRun, value);
  if (request === undefined) return { ...input, request };
  const { body, id = NO_ID, event_type: eventType = 'test', version = '1.0' } = request;
  const { headers, contentType } = split(request.headers ?? {});
  const content = { headers, contentType, body: bodyIn(text) };
  // Text of another type is given as a JSON string.
  if (!isJson(content) && typeof body === 'string') content.body = body;
  return { ...input, request: { id, eventType, version, eventId: null, content } };
}

function split(given: Record<string, string>) {
  const isType = ([name]: [string, string]) => name.toLowerCase() === 'content-type';
  const entries = Object.entries(given);
  const others = Object.fromEntries(entries.filter((entry) => !isType(entry)));
  const headers = entries.length === 0 ? null : parseInput(messageHeaders, others);
  return { headers, contentType: entries.find(isType)?.[1] ?? null };
}

function bodyIn(text: string): string {
  const request = memberSpans(text).get('request');
  const { start, end } = memberSpans(text, request?.start).get('body') ?? { start: 0, end: 0 };
  return text.slice(start, end);
}

import { z } from 'zod';
import { transformationCode, transformationName } from '#src/domain/transformations/transformation-schema.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { eventType, text, uuid, version } from './fields.ts';

const fields = z.strictObject({ name: transformationName, code: transformationCode });

export const newTransformation = fields.meta({ id: 'TransformationInput' });
export const transformationChanges = fields.partial().meta({ id: 'TransformationPatch' });

/** With a content type. */
const MAX_HEADERS = FIXED_LIMITS.messageHeaders.max + 1;

const request = z
  .strictObject({
    headers: z
      .record(text(100), text(1000))
      .refine(
        (headers) => Object.keys(headers).length <= MAX_HEADERS,
        `must be at most ${String(MAX_HEADERS)}`,
      )
      .meta({ id: 'TriedHeaders' })
      .optional()
      .describe('Without content-type: JSON.'),
    body: z
      .unknown()
      .meta({ description: 'As it would be sent.', examples: [{ type: 'user.created', data: {} }] }),
    event_type: eventType.optional(),
    version: version.optional(),
    id: text(128).optional(),
  })
  .refine(({ body }) => body !== undefined, { path: ['body'], message: 'is required' })
  .meta({ id: 'TriedRequest' });

export const transformationRun = z
  .strictObject({
    code: transformationCode.optional(),
    transformation_id: uuid.optional().describe('In place of `code`.'),
    message_id: uuid.optional().describe('A message of the app.'),
    request: request.optional().describe('In place of `message_id`.'),
  })
  .meta({
    id: 'TransformationRunInput',
    examples: [{ code: 'addHandler("transform", (request) => request);', request: { body: { id: 42 } } }],
  })
  .superRefine((input, context) => {
    const one = (a: 'code' | 'request', b: 'transformation_id' | 'message_id') => {
      if ((input[a] === undefined) !== (input[b] === undefined)) return;
      context.addIssue({ code: 'custom', path: [a], message: `or ${b} must be given, and not both` });
    };
    one('code', 'transformation_id');
    one('request', 'message_id');
  });

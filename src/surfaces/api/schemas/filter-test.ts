import { z } from 'zod';
import { messageHeaders } from '#src/domain/messages/message-headers.ts';
import { filter } from '#src/domain/outbound-rules/filter.ts';
import { eventType, uuid, version } from './fields.ts';

/** A filter, and what to try it on: a message that was posted, or the parts of one. */
export const filterTest = z
  .strictObject({
    filter,
    message_id: uuid.optional().describe('Try it on this message of the app.'),
    data: z
      .unknown()
      .optional()
      .meta({ description: 'Or on this data.', examples: [{ amount: 120 }] }),
    headers: messageHeaders.nullish().describe('With these extra headers.'),
    event_type: eventType.optional().describe('Of this type.'),
    version: version.optional().describe('Of this version.'),
  })
  .superRefine((input, context) => {
    const { message_id: id, data, headers, event_type: type, version: of } = input;
    const isOfParts = [data, headers ?? undefined, type, of].some((part) => part !== undefined);
    if (id === undefined && data === undefined) context.addIssue(issue('data', 'is required, or message_id'));
    if (id !== undefined && isOfParts)
      context.addIssue(issue('message_id', 'cannot be given with data of its own'));
  })
  .meta({ id: 'FilterTestInput' });

const issue = (path: string, message: string) => ({ code: 'custom' as const, path: [path], message });

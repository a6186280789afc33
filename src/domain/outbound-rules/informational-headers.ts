import { z } from 'zod';

const sent = (header: string) =>
  z.boolean().default(true).describe(`\`HostedHooks-${header}\`, under the prefix of the app.`);

/**
 * Which of our headers that only inform a webhook has. The one that marks a possible duplicate is no choice, because a
 * receiver that does not know of it may do something twice.
 */
export const informationalHeaders = z
  .strictObject({
    delivery: sent('Delivery'),
    attempt: sent('Attempt'),
    trigger: sent('Trigger'),
    event_id: sent('Event-Id'),
  })
  .meta({
    id: 'InformationalHeaders',
    description: 'Which of our headers about the delivery are sent; all at first.',
    examples: [{ delivery: true, attempt: true, trigger: false, event_id: false }],
  });

export type InformationalHeaders = z.output<typeof informationalHeaders>;

export const ALL_INFORMATIONAL_HEADERS: InformationalHeaders = {
  delivery: true,
  attempt: true,
  trigger: true,
  event_id: true,
};

import { z } from 'zod';

// The data of our own webhooks. The published schemas are made of these shapes, and what announces is typed by them.

const id = z.string().describe('Our id of it.');
const uid = z.string().nullable().describe('The id that you gave it.');
const name = z.string().describe('As it is called.');
const time = (what: string) => z.string().describe(`${what}, as ISO 8601 in UTC.`);

const app = z.object({ id, uid, name }).describe('The app that it belongs to.');
const subscriber = z.object({ id, uid, name }).describe('Whose endpoint it is.');

const endpoint = z.object({
  id,
  uid,
  url: z.string(),
  version: z.string().describe('The version of the messages that it gets.'),
  status: z.enum(['active', 'inactive']),
  inactive_reason: z
    .enum(['attempts_exhausted', 'gone'])
    .nullable()
    .describe('Why we turned it off; null when it is on, or when somebody turned it off.'),
});

export const subscriberShape = z.object({
  subscriber: z.object({
    id,
    uid,
    name,
    email: z.string().nullable().describe('Whom we write to about its endpoints.'),
    created_at: time('When it was made'),
  }),
  app,
});
export type SubscriberData = z.output<typeof subscriberShape>;

export const endpointShape = z.object({
  endpoint,
  subscriber,
  app,
  actor: z
    .object({
      type: z
        .enum(['person', 'api_key', 'heroku', 'portal', 'system'])
        .describe('`system` is HostedHooks itself.'),
      email: z.string().optional(),
    })
    .describe('Who did it.'),
});
export type EndpointData = z.output<typeof endpointShape>;

export const attemptShape = z.object({
  message: z.object({
    id,
    event_type: z.string(),
    event_id: z.string().nullable().describe('The id that you gave the event.'),
  }),
  endpoint,
  subscriber,
  app,
  last_attempt: z.object({
    id,
    attempt_number: z.number().int(),
    status_code: z.number().int().nullable().describe('Null: there was no answer.'),
    error_message: z.string(),
    attempted_at: time('When it ended'),
  }),
});
export type AttemptData = z.output<typeof attemptShape>;

export const issueShape = z.object({
  issue: z.object({
    id,
    endpoint_id: z.string().describe('The endpoint whose deliveries fail.'),
    subscription_id: z.string().describe('Whose endpoint it is.'),
    cause: z.string().describe('Why they fail, in a word; the API lists them.'),
    status_code: z.number().int().nullable().describe('Null: there was no answer.'),
    advice: z.string().describe('What it is, and what to do about it.'),
    status: z.enum(['open', 'acknowledged', 'resolved']),
    count: z.number().int().describe('Attempts behind it since it opened.'),
    opened_at: time('When it opened'),
    first_seen_at: time('When it was seen for the first time'),
    last_seen_at: time('When it was seen last'),
    resolved_at: z.string().nullable().describe('When it ended, as ISO 8601 in UTC.'),
    resolved_by: z
      .enum(['auto', 'person'])
      .nullable()
      .describe('`auto`: a success, or the end of the endpoint.'),
    last_attempt_id: z
      .string()
      .nullable()
      .describe('The last attempt behind it; null: the last failure was of the transformation.'),
    last_error: z.string(),
  }),
  app,
});
export type IssueData = z.output<typeof issueShape>;

export const usageShape = z.object({
  plan: z.string(),
  limit: z.number().int().describe('Messages of a month that the plan has.'),
  used: z.number().int(),
  percent: z.number().int().describe('The threshold that was reached: 50, 80 or 100.'),
  resets_at: time('When the count begins again'),
});
export type UsageData = z.output<typeof usageShape>;

import { z } from 'zod';
import type { App } from '#src/domain/apps/app.ts';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { messageSentBy } from '#src/domain/transformations/as-sent.ts';
import type { Container } from '#src/container.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { changedAfter } from '#src/domain/endpoints/endpoint-since.ts';
import { nullOn } from '#src/infra/database/upsert.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { ownHeaders } from '#src/domain/outbound-rules/own-headers.ts';
import type { Diagnosis } from '#src/domain/signature-doctor/case.ts';
import type { Deviation } from '#src/domain/signature-doctor/deviation.ts';
import { examineAnswer } from '#src/domain/signature-doctor/examine-answer.ts';
import { headerPrefixOf } from '#src/domain/signature-doctor/signature-doctor.ts';
import { adviceFor } from '#src/domain/signature-doctor/words.ts';
import { sentHeaders } from './sent-headers.ts';

const atMost = (max: number) =>
  z.string().max(max, `This is longer than ${max.toLocaleString('en-US')} characters.`);

/** The fields of the console. A body may be as long as one of ours, in which each character may be escaped. */
export const consoleFields = z.strictObject({
  headers: atMost(20_000).trim().min(1, 'Paste the headers of the request.'),
  body: atMost(600_000).default(''),
  computed: atMost(500).default(''),
  secret: atMost(500).default(''),
});

/** Fits a body whose characters a form escapes. */
export const CONSOLE_LIMIT = '1200kb';

interface About {
  container: Pick<
    Container,
    'attempts' | 'config' | 'endpoints' | 'executions' | 'messages' | 'signatureDoctor'
  >;
  app: App;
  endpoint: EndpointWithParents;
}

/** The console before anything was pasted, or with the headers of an attempt, which is the endpoint's. */
export async function openConsole({ container, app, endpoint }: About, attemptId: unknown) {
  const names = namesOf(app);
  const attempt = typeof attemptId === 'string' ? await container.attempts.get(app, attemptId) : null;
  if (attempt === null) return { ...names, form: formOf({}), answer: null, result: null, status: 200 };
  if (attempt.endpointId !== endpoint.id) throw new NotFound('The endpoint has no such attempt.');
  const message = await container.messages.get(app, attempt.messageId).catch(nullOn(NotFound));
  const executionIds = attempt.executionId === null ? [] : [attempt.executionId];
  const executions = await container.executions.byIds(app.accountId, executionIds);
  const sent = messageSentBy(attempt, message ?? undefined, executions);
  const lines =
    sent === undefined
      ? []
      : sentHeaders({ container, app, endpoint, message: sent, attempt })
          .filter(([name]) => names.headers.includes(name))
          .map(([name, value]) => `${name}: ${value}`);
  return {
    ...names,
    form: formOf({ headers: lines.join('\n') }),
    answer: { ...answerOf(attempt, names), changed: changedAfter(endpoint, attempt) },
    result: null,
    status: 200,
  };
}

/** The console with what it found out about what was pasted. The secret is not sent back. */
export async function runConsole({ container, app, endpoint }: About, body: unknown) {
  const names = namesOf(app);
  const values = { ...(body as object | undefined) } as Record<string, string>;
  const form = { ...formOf({ ...values, secret: '' }) };
  const parsed = consoleFields.safeParse(values);
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) => [path.join('.'), message]);
    return {
      ...names,
      form: { ...form, errors: Object.fromEntries(errors) as Record<string, string> },
      answer: null,
      result: null,
      status: 422,
    };
  }
  const diagnosis = await container.signatureDoctor.examine(app, endpoint, parsed.data);
  return { ...names, form, answer: null, result: resultOf(diagnosis, names), status: 200 };
}

const formOf = (values: Record<string, string>) => ({
  values: { headers: '', body: '', computed: '', secret: '', ...values },
  errors: {} as Record<string, string>,
});

interface Names {
  header: string;
  /** The headers that a check needs. */
  headers: string[];
}

function namesOf(app: App): Names {
  const header = ownHeaders(headerPrefixOf(app)).signature;
  return { header, headers: [header, 'webhook-id', 'webhook-timestamp', 'webhook-signature'] };
}

function answerOf(attempt: Attempt, names: Names) {
  return {
    at: attempt.attemptedAt,
    status: attempt.statusCode,
    advice: advised(examineAnswer(attempt), names),
  };
}

const advised = (mistakes: Deviation[], names: Names) => mistakes.map((mistake) => adviceFor(mistake, names));

function resultOf(diagnosis: Diagnosis, names: Names) {
  return { ...verdictOf(diagnosis), advice: advised(diagnosis.mistakes, names) };
}

function verdictOf({ request, mistakes, isComputedRight }: Diagnosis) {
  if (request === 'unsigned') {
    return {
      tone: 'danger',
      title: 'There is no signature to check',
      text: 'These headers have none that is whole.',
    };
  }
  if (request === 'broken') {
    return {
      tone: 'danger',
      title: 'This request would be refused, and rightly',
      text: 'Its signature does not fit to what was pasted.',
    };
  }
  if (mistakes.length > 0) {
    return {
      tone: 'warning',
      title: 'The request is genuine; your check is not right yet',
      text: 'It was signed with the secret of this endpoint.',
    };
  }
  return { tone: 'success', title: 'The request is genuine', text: WHAT_NEXT[String(isComputedRight)] ?? '' };
}

const WHAT_NEXT: Record<string, string> = {
  true:
    'Your code makes the right signature, too. If it still refuses, look at how it compares them: with the digits ' +
    'after s= alone, or with each entry of webhook-signature, and at how old it lets a request be.',
  null:
    'So the mistake is in the check. Print the signature that your code makes and paste it below, with the secret ' +
    'that your code has: both tell which step goes wrong.',
};

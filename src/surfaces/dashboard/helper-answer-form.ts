import { z } from 'zod';
import { FIRST_ANSWER, type HelperAnswer, helperAnswer } from '#src/domain/hook-helpers/answer.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { counted, durationInWords } from '#src/infra/lib/in-words.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import { blankForm, type Form } from '#src/surfaces/html/form.ts';

/** The form of what a Hook Helper answers, as browsers send it. */
export const answerForm = z.strictObject({
  status: z.string(),
  delay_seconds: z.string(),
  fail_first: z.string(),
  content_type: z.string(),
  headers: z.string(),
  body: z.string(),
});

/** The answer that was entered, checked as the API checks it. */
export const enteredAnswer = answerForm.transform((entered, context): HelperAnswer => {
  const refuse = (path: string, message: string) => {
    context.addIssue({ code: 'custom', path: [path], message });
  };
  try {
    return parseInput(helperAnswer, {
      status: numberOf(entered.status, FIRST_ANSWER.status),
      delay_seconds: numberOf(entered.delay_seconds, 0),
      fail_first: numberOf(entered.fail_first, null),
      content_type: entered.content_type.trim() || FIRST_ANSWER.content_type,
      headers: headersOf(entered.headers, refuse),
      body: entered.body.replaceAll('\r\n', '\n'),
    });
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    for (const { path, message } of error.details ?? []) {
      const [field = ''] = path.split('.');
      refuse(field, `${SUBJECTS[field] ?? 'It'} ${message}.`);
    }
    return z.NEVER;
  }
});

const SUBJECTS: Record<string, string> = {
  status: 'The status',
  delay_seconds: 'The delay',
  fail_first: 'The number of requests',
  content_type: 'The content type',
  headers: 'The headers',
  body: 'The body',
};

/** What is no number stays the text that it is, which the schema refuses. */
function numberOf(text: string, blank: number | null): number | string | null {
  const trimmed = text.trim();
  if (trimmed === '') return blank;
  const number = Number(trimmed);
  return Number.isNaN(number) ? trimmed : number;
}

/** `Name: value`, one a line. */
function headersOf(text: string, refuse: (path: string, message: string) => void): Record<string, string> {
  const lines = text.split('\n').map((one) => one.trim());
  const pairs = lines.flatMap((one): [string, string][] => {
    if (one === '') return [];
    const [, name, value] = /^([^\s:]+):\s*(.*)$/.exec(one) ?? [];
    if (name !== undefined && value !== undefined) return [[name, value]];
    refuse('headers', 'Write one header a line, like Retry-After: 60.');
    return [];
  });
  return Object.fromEntries(pairs);
}

/** The form as it stands for a Hook Helper. */
export function answerValues({ answer }: Pick<HookHelper, 'answer'>): Form {
  const shown = answer ?? FIRST_ANSWER;
  return blankForm({
    status: String(shown.status),
    delay_seconds: String(shown.delay_seconds),
    fail_first: shown.fail_first === null ? '' : String(shown.fail_first),
    content_type: shown.content_type,
    headers: Object.entries(shown.headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    body: shown.body,
  });
}

/** Such as "Answers 503 after 2 seconds; 3 more requests, then 200". */
export function answerInWords({ answer, failuresLeft }: Pick<HookHelper, 'answer' | 'failuresLeft'>): string {
  const { status, delay_seconds: delay, fail_first: first } = answer ?? FIRST_ANSWER;
  const when = delay === 0 ? 'at once' : `after ${durationInWords(delay)}`;
  if (first === null) return `Answers ${String(status)} ${when}`;
  if (failuresLeft === 0) return `Answers 200 at once; the first ${String(first)} got ${String(status)}`;
  return `Answers ${String(status)} ${when} to ${counted(failuresLeft, 'more request')}, then 200`;
}

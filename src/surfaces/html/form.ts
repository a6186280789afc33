import { z } from 'zod';
import { isUid } from '#src/domain/uid-schema.ts';
import { AppError, Conflict } from '#src/infra/lib/errors.ts';

/** A form as a view shows it: the entered values, and an error a field. */
export interface Form {
  values: Record<string, string | string[]>;
  errors: Record<string, string>;
  /** An error that belongs to no field. */
  problem?: string;
}

export type Submission<T> = { saved: T } | { form: Form; status: number };

export function blankForm(values: Form['values'] = {}): Form {
  return { values, errors: {} };
}

/** Validates the body and passes it to `save`. A refusal by either is returned as a form to render again. */
export async function submit<I, T>(
  schema: z.ZodType<I>,
  body: unknown,
  save: (input: I) => Promise<T>,
): Promise<Submission<T>> {
  const values = valuesOf(body);
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) => [path.join('.'), message]);
    return { form: { values, errors: Object.fromEntries(errors.reverse()) as Form['errors'] }, status: 422 };
  }
  try {
    return { saved: await save(parsed.data) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const errors = Object.fromEntries(
      (error.details ?? []).map(({ path, message }) => [path, sentenceOf(path, message) ?? error.message]),
    );
    const problem = Object.keys(errors).length === 0 ? { problem: error.message } : {};
    return { form: { values, errors, ...problem }, status: error.status };
  }
}

/** Shows a conflict beside the field whose value is in use already. */
export async function conflictAt<T>(field: string, saving: Promise<T>): Promise<T> {
  try {
    return await saving;
  } catch (error) {
    if (!(error instanceof Conflict) || error.details !== undefined) throw error;
    throw new Conflict(error.message, { details: [{ path: field, message: error.message }], cause: error });
  }
}

/** A whole sentence for a page. Errors of the domain are predicates, which the API shows after a field's name. */
function sentenceOf(path: string, predicate: string): string | undefined {
  const subject = SUBJECTS[path];
  return subject === undefined ? undefined : `${subject} ${predicate}.`;
}

const SUBJECTS: Record<string, string> = { url: 'The URL' };

/** The errors of `schema`, which are predicates ("must not be empty"), as sentences about `subject`. */
export const asSentences = (subject: string, schema: z.ZodType<string, string>) =>
  z.string().superRefine((value, context) => {
    for (const { message } of schema.safeParse(value).error?.issues ?? []) {
      context.addIssue({ code: 'custom', message: `${subject} ${message}.` });
    }
  });

/** Text of a textarea with `\n` line breaks, because browsers send `\r\n`. */
export const asTyped = () => z.string().transform((text) => text.replaceAll('\r\n', '\n').trim());

function valuesOf(body: unknown): Form['values'] {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(String) : String(value),
    ]),
  );
}

/** Refused, because PostgreSQL stores no NUL and a one-line field needs no control character. */
const HAS_CONTROL = /\p{Cc}/u;

export const line = (missing: string, max = 200) =>
  z
    .string({ error: missing })
    .trim()
    .min(1, missing)
    .max(max, `Use at most ${String(max)} characters.`)
    .refine((text) => !HAS_CONTROL.test(text), 'Leave out control characters.');

/** The reader's own id of an object. Empty: null, for none. A form without the field leaves it as it is. */
export const uidField = () =>
  z
    .string()
    .trim()
    .refine(
      (uid) => uid === '' || isUid(uid),
      'Use 1 to 128 of the characters A-Z a-z 0-9 _ . -, and not “.” or “..”.',
    )
    .transform((uid) => (uid === '' ? null : uid))
    .optional();

export const optionalLine = (max = 500) =>
  z
    .string()
    .trim()
    .max(max, `Use at most ${String(max)} characters.`)
    .refine((text) => !HAS_CONTROL.test(text), 'Leave out control characters.')
    .default('');

import { z } from 'zod';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { planSlugs } from '#src/domain/plans/plans.ts';

const NOT_STORABLE = 'holds a character that cannot be stored';

/** PostgreSQL's `text` can hold neither a NUL nor a lone surrogate. */
const isStorable = (value: string) => !value.includes('\0') && value.isWellFormed();
const label = z.string().max(1000, 'is too long').refine(isStorable, NOT_STORABLE).nullish();
const plan = z.string({ error: `is missing; the plans are: ${planSlugs.join(', ')}` });

const option = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'must be a text, a number or a switch',
});

/** The `--` options of `heroku addons:create`, of which there are none. */
const options = z
  .record(z.string(), option, {
    error: 'must be an object of texts, numbers and switches',
  })
  .superRefine((given, context) => {
    for (const message of unknownOptions(given)) context.addIssue({ code: 'custom', message });
  })
  .nullish();

/** Unknown fields are ignored, because Heroku adds fields without notice. */
const provisionBody = z.object({
  uuid: z.string({ error: 'is missing' }).refine(isUuid, 'is not a UUID'),
  plan,
  name: label,
  region: label,
  options,
  /** Validated separately, because an invalid grant must not fail the provision request. */
  oauth_grant: z.unknown().optional(),
});

const planChangeBody = z.object({ plan });

export function readProvision(body: unknown): z.infer<typeof provisionBody> {
  return read(provisionBody, body);
}

export function readPlanChange(body: unknown): z.infer<typeof planChangeBody> {
  return read(planChangeBody, body);
}

const MAX_NAMED = 5;
const MAX_CHARACTERS = 50;

/** A refusal for each option, few of many. */
export function unknownOptions(given: object): string[] {
  const names = Object.keys(given).map((name) =>
    name
      .replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '')
      .slice(0, MAX_CHARACTERS)
      .toWellFormed(),
  );
  const refusals = names
    .slice(0, MAX_NAMED)
    .map((name) => `do not include --${name}: leave it out, because this add-on has no options`);
  const more = names.length - refusals.length;
  return more > 0 ? [...refusals, `hold ${String(more)} more that are unknown`] : refusals;
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {}, { error: () => 'is not of the kind that is expected' });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'The body'} ${message}.`,
  );
  throw new InvalidInput(problems.join(' '));
}

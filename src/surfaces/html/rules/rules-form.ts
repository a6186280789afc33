import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type AnyRuleChanges, anyRuleFields, type AnyRules } from '#src/domain/outbound-rules/rules.ts';
import { type ErrorDetail, InvalidInput } from '#src/infra/lib/errors.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import type { Form } from '#src/surfaces/html/form.ts';
import { counts, type Entered, enteredOf, memberOf, shownOf } from './controls.ts';
import { fieldOf, type AnyRulePart } from './rule-part.ts';

/** The fields of a form that sets rules. */
export const ruleFields = (parts: AnyRulePart[]) =>
  z.strictObject(
    Object.fromEntries(
      parts.flatMap(({ rule, controls }) =>
        controls.map((control) => [fieldOf(rule, control), z.string().optional()]),
      ),
    ),
  );

/** What the controls show of `rules`. */
export function ruleValues(parts: AnyRulePart[], rules: AnyRules): Form['values'] {
  const shown = parts.flatMap((part) =>
    part.controls.map((control) => [fieldOf(part.rule, control), shownOf(control, part, rules[part.rule])]),
  );
  return Object.fromEntries(shown) as Form['values'];
}

/** Rules with masks, and their secrets, sealed: these may change where the mask stays the same. */
interface Saved {
  rules: AnyRules;
  secrets: Buffer | null | undefined;
}

/**
 * What a form posts to put the rules back that are changed; null where a secret is among them, which no page tells.
 */
export function valuesBefore(
  parts: AnyRulePart[],
  { before, now }: { before: Saved; now: Saved },
): Form['values'] | null {
  if (!isDeepStrictEqual(before.secrets ?? null, now.secrets ?? null)) return null;
  const changed = parts.filter(
    ({ rule }) => JSON.stringify(before.rules[rule]) !== JSON.stringify(now.rules[rule]),
  );
  const isSecret = changed.some(({ controls }) => controls.some(({ kind }) => SECRET_KINDS.includes(kind)));
  return isSecret ? null : ruleValues(changed, before.rules);
}

const SECRET_KINDS = ['secret', 'secret-lines', 'headers'];

/**
 * The changes of rules that a form asks for, checked by the schemas that the API checks by. What is wrong becomes an
 * issue at its field. A rule whose fields are not in the form stays as it is.
 */
export function readRules(
  parts: AnyRulePart[],
  { fields, stored, context }: { fields: Entered; stored: AnyRules; context: z.core.$RefinementCtx },
): AnyRuleChanges {
  const changes: Record<string, unknown> = {};
  for (const part of parts) {
    const { rule, controls } = part;
    const first = fieldOf(rule, controls[0]);
    const refuse = (path: string, message: string) => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (fields[first] === undefined) continue;
    if (fields[first].trim() === '') {
      // Who fills in the rest means to set the rule; who blanks the first of a set one takes it away.
      const isMeant =
        stored[rule] === undefined && controls.some((control) => isTyped(part, control, fields));
      if (isMeant) refuse(first, 'Without this, the rest is not set.');
      changes[rule] = null;
      continue;
    }
    const value = enteredOf(part, { fields, stored: stored[rule], refuse });
    if (value === undefined) continue;
    try {
      changes[rule] = parseInput(z.strictObject({ value: anyRuleFields[rule] }), { value }).value;
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      for (const detail of error.details ?? []) refuseAt(part, { detail, value, fields, refuse });
    }
  }
  return changes;
}

const isTyped = ({ rule }: AnyRulePart, control: AnyRulePart['controls'][0], fields: Entered) =>
  control.options === undefined && (fields[fieldOf(rule, control)] ?? '').trim() !== '';

interface Refusal {
  detail: ErrorDetail;
  value: unknown;
  fields: Entered;
  refuse: (path: string, message: string) => void;
}

/** Says what is wrong at the control of the member, or at the first. */
function refuseAt({ rule, controls }: AnyRulePart, { detail, value, fields, refuse }: Refusal): void {
  const path = detail.path.split('.').slice(1);
  const [first] = controls;
  const isWhole = first.member === null;
  const counting = controls.filter((control) => counts(control, fields[fieldOf(rule, first)]));
  const control = isWhole ? first : counting.find(({ member }) => member === path[0]);
  const within = isWhole || control === undefined ? path : path.slice(1);
  const list = isWhole ? value : memberOf(value, path[0] ?? '');
  const said = control?.kind === 'words' ? wordAt(list, within[0]) : within.join('.');
  const isMissing = detail.message === 'is required' && said === '';
  const message = isMissing ? 'Fill this in.' : `${said || 'It'} ${detail.message}.`;
  refuse(fieldOf(rule, control ?? first), message);
}

/** The word of a list that is wrong, in quotes; blank where it is the list. */
const wordAt = (list: unknown, index: string | undefined): string =>
  index === undefined || !Array.isArray(list) ? '' : `“${String(list[Number(index)])}”`;

/** A form of rules alone, whose output is the changes that it asks for. */
export const rulesForm = (parts: AnyRulePart[], stored: AnyRules) =>
  ruleFields(parts).transform((fields, context) => readRules(parts, { fields, stored, context }));

/**
 * Saves what a form asks for. A refusal of what does not go together is put at the field of its member, as those of the
 * schemas are.
 */
export async function savingRules<T>(
  parts: AnyRulePart[],
  body: unknown,
  save: () => Promise<T>,
): Promise<T> {
  try {
    return await save();
  } catch (error) {
    const [detail] = error instanceof InvalidInput ? (error.details ?? []) : [];
    const part = parts.find(({ rule }) => detail?.path.split('.')[0] === rule);
    if (detail === undefined || part === undefined) throw error;
    const details: ErrorDetail[] = [];
    refuseAt(part, {
      detail,
      value: undefined,
      fields: body as Entered,
      refuse: (path, message) => details.push({ path, message }),
    });
    throw new InvalidInput(details[0]?.message ?? '', { details });
  }
}

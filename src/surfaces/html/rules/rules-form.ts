import { z } from 'zod';
import {
  type EndpointRuleChanges,
  endpointRuleFields,
  type EndpointRules,
} from '#src/domain/outbound-rules/rules.ts';
import { type ErrorDetail, InvalidInput } from '#src/infra/lib/errors.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import type { Form } from '#src/surfaces/html/form.ts';
import { type Entered, enteredOf, shownOf } from './controls.ts';
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
export function ruleValues(parts: AnyRulePart[], rules: EndpointRules): Form['values'] {
  const shown = parts.flatMap(({ rule, controls }) =>
    controls.map((control) => [fieldOf(rule, control), shownOf(control, rules[rule])]),
  );
  return Object.fromEntries(shown) as Form['values'];
}

/**
 * The changes of rules that a form asks for, checked by the schemas that the API checks by. What is wrong becomes an
 * issue at its field. A rule whose fields are not in the form stays as it is.
 */
export function readRules(
  parts: AnyRulePart[],
  { fields, stored, context }: { fields: Entered; stored: EndpointRules; context: z.core.$RefinementCtx },
): EndpointRuleChanges {
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
    const value = enteredOf(part, fields, refuse);
    if (value === undefined) continue;
    try {
      changes[rule] = parseInput(z.strictObject({ value: endpointRuleFields[rule] }), { value }).value;
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      for (const detail of error.details ?? []) refuseAt(part, { detail, value, refuse });
    }
  }
  return changes;
}

const isTyped = ({ rule }: AnyRulePart, control: AnyRulePart['controls'][0], fields: Entered) =>
  control.kind !== 'select' && (fields[fieldOf(rule, control)] ?? '').trim() !== '';

interface Refusal {
  detail: ErrorDetail;
  value: unknown;
  refuse: (path: string, message: string) => void;
}

/** Says what is wrong at the control of the member, or at the first. */
function refuseAt({ rule, controls }: AnyRulePart, { detail, value, refuse }: Refusal): void {
  const [member = '', ...rest] = detail.path.split('.').slice(1);
  const control = controls.find((one) => one.member === member);
  const within = control === undefined ? [member, ...rest].filter((part) => part !== '') : rest;
  const said = control?.kind === 'words' ? wordAt(value, [member, ...rest]) : within.join('.');
  const message =
    detail.message === 'is required' && said === '' ? 'Fill this in.' : `${said || 'It'} ${detail.message}.`;
  refuse(fieldOf(rule, control ?? controls[0]), message);
}

/** The word of a list that is wrong, in quotes. */
function wordAt(value: unknown, [member = '', index]: string[]): string {
  const words = (value as Record<string, unknown>)[member];
  return index === undefined || !Array.isArray(words) ? '' : `“${String(words[Number(index)])}”`;
}

/** A form of rules alone, whose output is the changes that it asks for. */
export const rulesForm = (parts: AnyRulePart[], stored: EndpointRules) =>
  ruleFields(parts).transform((fields, context) => readRules(parts, { fields, stored, context }));

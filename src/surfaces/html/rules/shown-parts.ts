import type { AnyRules } from '#src/domain/outbound-rules/rules.ts';
import type { Form } from '#src/surfaces/html/form.ts';
import { counts, isSecret, memberOf } from './controls.ts';
import { type AnyRulePart, type Control, fieldOf } from './rule-part.ts';

/** The parts as the view shows them: controls with the names of their fields, in groups by what they count for. */
export function shownParts(parts: AnyRulePart[], { rules, form }: { rules: AnyRules; form: Form }) {
  return parts.map(({ rule, label, hint, controls }) => {
    const [first] = controls;
    const chosen = String(form.values[fieldOf(rule, first)] ?? '');
    const groups = Map.groupBy(controls, ({ when }) => when);
    return {
      label,
      hint,
      groups: [...groups].map(([when, members]) => ({
        name: first.options?.find(([value]) => value === when)?.[1],
        isOpen: members.some((control) => counts(control, chosen)),
        controls: members.map((control) => shownControl(rule, control, rules[rule])),
      })),
    };
  });
}

function shownControl(rule: string, control: Control, stored: unknown) {
  return { ...control, name: fieldOf(rule, control), hint: secretHint(control, stored) ?? control.hint };
}

/** What is said of a secret that is stored. */
function secretHint(control: Control, stored: unknown): string | undefined {
  if (!isSecret(control)) return undefined;
  const mask = memberOf(stored, control.member) as { hint?: string } | undefined;
  if (typeof mask !== 'object') return undefined;
  const end = mask.hint === undefined ? '' : `, ends in ${mask.hint.replace('…', '')}`;
  return `Set${end}. Blank leaves it.`;
}

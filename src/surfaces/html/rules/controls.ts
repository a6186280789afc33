import { type Control, fieldOf, type AnyRulePart } from './rule-part.ts';

/** Fields as they were typed, by their names. */
export type Entered = Record<string, string | undefined>;

type Refuse = (field: string, message: string) => void;

/** The rule as the API takes it; undefined after a refusal of what cannot be read. */
export function enteredOf({ rule, controls }: AnyRulePart, fields: Entered, refuse: Refuse): unknown {
  const members: [string | null, unknown][] = [];
  for (const control of controls) {
    const field = fieldOf(rule, control);
    const text = (fields[field] ?? '').trim();
    if (text === '') continue;
    try {
      members.push([control.member, READ[control.kind](text)]);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      refuse(field, `This is not JSON: ${error.message}.`);
      return undefined;
    }
  }
  const [first] = members;
  if (first?.[0] === null) return first[1];
  return Object.fromEntries(members);
}

/** What a control shows of the rule; blank where nothing is set. */
export function shownOf({ kind, member }: Control, rule: unknown): string {
  const value = member === null ? rule : (rule as Record<string, unknown> | undefined)?.[member];
  return value === undefined || value === null ? '' : SHOW[kind](value);
}

const asIs = (text: string) => text;

const READ: Record<Control['kind'], (text: string) => unknown> = {
  // Text that is no number stays text, which the rule's schema refuses.
  number: (text) => (Number.isNaN(Number(text)) ? text : Number(text)),
  select: asIs,
  text: asIs,
  words: (text) => text.split(/[\s,]+/).filter((word) => word !== ''),
  json: (text) => JSON.parse(text) as unknown,
};

const SHOW: Record<Control['kind'], (value: unknown) => string> = {
  number: String,
  select: String,
  text: String,
  words: (value) => (value as string[]).join(', '),
  json: (value) => JSON.stringify(value, null, 2),
};

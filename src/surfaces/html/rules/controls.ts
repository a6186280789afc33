import { type AnyRulePart, type Control, fieldOf } from './rule-part.ts';

/** Fields as they were typed, by their names. */
export type Entered = Record<string, string | undefined>;

type Refuse = (field: string, message: string) => void;

interface Reading {
  fields: Entered;
  /** The rule as it is stored; undefined: not set. */
  stored: unknown;
  refuse: Refuse;
}

/** The rule as the API takes it; undefined after a refusal of what cannot be read. */
export function enteredOf({ rule, controls }: AnyRulePart, { fields, stored, refuse }: Reading): unknown {
  const chosen = fields[fieldOf(rule, controls[0])];
  const members: [string | null, unknown][] = [];
  for (const control of controls.filter((one) => counts(one, chosen))) {
    const field = fieldOf(rule, control);
    const text = (fields[field] ?? '').trim();
    if (control.brings !== undefined) members.push(...Object.entries(control.brings[text] ?? {}));
    else if (text !== '') {
      try {
        members.push([control.member, READ[control.kind](text)]);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        refuse(field, error.message);
        return undefined;
      }
    } else if (isSecret(control) && isStill(controls, stored, chosen)) {
      members.push([control.member, memberOf(stored, control.member)]);
    }
  }
  const [first] = members;
  return first?.[0] === null ? first[1] : Object.fromEntries(members);
}

/** What a control shows of the rule; blank where nothing is set. */
export function shownOf(control: Control, { controls }: AnyRulePart, stored: unknown): string {
  const { kind, member, when } = control;
  if (control.brings !== undefined || (when !== undefined && !isStill(controls, stored, when))) return '';
  const value = memberOf(stored, member);
  return value == null || isSecret(control) ? '' : SHOW[kind](value);
}

export const isSecret = ({ kind }: Control): boolean => kind === 'secret' || kind === 'secret-lines';

/** Whether a control counts while the first one of its rule has the value `chosen`. */
export const counts = ({ when }: Control, chosen: string | undefined): boolean =>
  when === undefined || when === chosen;

/** Whether what is stored is of the kind that the first control has. */
const isStill = ([first]: AnyRulePart['controls'], stored: unknown, chosen: string | undefined): boolean =>
  memberOf(stored, first.member) === chosen;

export function memberOf(rule: unknown, member: string | null): unknown {
  return member === null ? rule : (rule as Record<string, unknown> | undefined)?.[member];
}

const asIs = (text: string) => text;

const READ: Record<Control['kind'], (text: string) => unknown> = {
  // Text that is no number stays text, which the rule's schema refuses.
  number: (text) => (Number.isNaN(Number(text)) ? text : Number(text)),
  select: asIs,
  text: asIs,
  lines: asIs,
  secret: asIs,
  'secret-lines': asIs,
  words: (text) => text.split(/[\s,]+/).filter((word) => word !== ''),
  headers: (text) => Object.fromEntries(text.split(/\r?\n/).filter(isFilled).map(headerOf)),
  json: readJson,
  'json-select': readJson,
};

const SHOW: Record<Control['kind'], (value: unknown) => string> = {
  number: String,
  select: String,
  text: String,
  lines: String,
  secret: () => '',
  'secret-lines': () => '',
  words: (value) => (value as string[]).join(', '),
  headers: (value) =>
    Object.entries(value as object)
      .map(([name, text]) => `${name}: ${typeof text === 'string' ? text : DOTS}`)
      .join('\n'),
  json: (value) => JSON.stringify(value, null, 2),
  'json-select': (value) => JSON.stringify(value),
};

const DOTS = '••••';

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new SyntaxError(`This is not JSON: ${(error as SyntaxError).message}.`);
  }
}

const isFilled = (text: string) => text.trim() !== '';

function headerOf(text: string): [string, unknown] {
  const [, name, value = ''] = /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(text) ?? [];
  if (name === undefined) throw new SyntaxError(`“${text.trim()}” is not like “Name: value”.`);
  return [name, value === DOTS ? { set: true } : value];
}

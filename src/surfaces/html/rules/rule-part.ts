import type { AnyRules } from '#src/domain/outbound-rules/rules.ts';

export type RuleName = keyof AnyRules;
export type RuleValue<Name extends RuleName> = NonNullable<AnyRules[Name]>;

/** How a control is written into the member of a rule, and read from it. */
type Kind =
  /** A number; blank: none. */
  | 'number'
  /** One of the options. */
  | 'select'
  /** One of the options, whose values are JSON. */
  | 'json-select'
  | 'text'
  /** Text of several lines. */
  | 'lines'
  /** Never shown; blank leaves what is stored. */
  | 'secret'
  /** The same, of several lines. */
  | 'secret-lines'
  /** A list, typed with spaces or commas between. */
  | 'words'
  /** Header lines, `Name: value`. A value that is stored as a secret is shown as dots, which leave it. */
  | 'headers'
  | 'json';

export interface Control {
  kind: Kind;
  /** The rule's member that it sets; null where the rule is this one value. */
  member: string | null;
  /** The value of the first control for which alone this one counts. */
  when?: string;
  label: string;
  /** One clause. */
  hint?: string;
  placeholder?: string;
  /** Values and texts of a select; the value '' sets nothing. */
  options?: readonly (readonly [value: string, text: string])[];
  /** Members by the option that brings them along; what is typed into their controls wins. */
  brings?: Record<string, Record<string, string | undefined>>;
}

/**
 * What pages show of a rule: the controls that set it, and a sentence about what is set. While its first control is
 * blank, the rule is not set.
 */
export interface RulePart<Name extends RuleName> {
  rule: Name;
  label: string;
  /** What it is good for, in one clause. */
  hint: string;
  controls: [Control, ...Control[]];
  /** What is set, as a sentence that has no subject: "Retries 4 times." */
  sentence(value: RuleValue<Name>): string;
}

export type AnyRulePart = RulePart<RuleName>;

/** The name of the form's field. */
export const fieldOf = (rule: string, { member, when }: Control): string =>
  [rule, when, member].filter((part) => part != null).join('_');

/** The roles of people in an account. Who has all rights of whom: an owner, an admin, a member, a viewer. */
export const ROLES = ['owner', 'admin', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** The scope of API keys that gives the same right to a program; null: no key has it. */
type KeyScope = 'read' | 'messages:write' | 'admin' | null;

interface RightOf {
  /** What it allows, in the words of pages, after "may". */
  allows: string;
  roles: readonly Role[];
  scope: KeyScope;
}

/** What roles and keys may do: the one table, by which every page and every operation of the API decides. */
export const RIGHTS = {
  see: {
    allows: 'see everything but secrets, and export it',
    roles: ['owner', 'admin', 'member', 'viewer'],
    scope: 'read',
  },
  send: {
    allows: 'send messages',
    roles: ['owner', 'admin', 'member'],
    scope: 'messages:write',
  },
  replay: {
    allows: 'send tests, and replay deliveries',
    roles: ['owner', 'admin', 'member'],
    scope: 'admin',
  },
  edit: {
    allows: 'add and change apps, webhook events, subscribers, endpoints and Hook Helpers',
    roles: ['owner', 'admin', 'member'],
    scope: 'admin',
  },
  delete: {
    allows: 'delete apps, webhook events, subscribers, endpoints and Hook Helpers',
    roles: ['owner', 'admin'],
    scope: 'admin',
  },
  secrets: {
    allows: 'reveal, rotate and export signing secrets',
    roles: ['owner', 'admin'],
    scope: 'admin',
  },
  keys: { allows: 'make, rotate and revoke API keys', roles: ['owner', 'admin'], scope: 'admin' },
  team: {
    allows: 'invite people, change roles and remove people',
    roles: ['owner', 'admin'],
    scope: 'admin',
  },
  owners: { allows: 'make somebody owner, and change an owner', roles: ['owner'], scope: null },
  end: { allows: 'delete the account', roles: ['owner'], scope: null },
  mails: {
    allows: 'get the mails about endpoints, keys and the plan',
    roles: ['owner', 'admin'],
    scope: null,
  },
} as const satisfies Record<string, RightOf>;

export type Right = keyof typeof RIGHTS;

/** A right that an API key may have. */
export type KeyRight = { [R in Right]: (typeof RIGHTS)[R]['scope'] extends null ? never : R }[Right];

export function hasRight(role: Role, right: Right): boolean {
  return RIGHTS[right].roles.some((one) => one === role);
}

/** The refusal of a right that `role` lacks: what it is, who has it, and where to find them. */
export function whyRefused(role: Role, right: Right): string {
  const { allows, roles } = RIGHTS[right];
  const others = roles.map((one) => withArticle(one));
  return (
    `Your role here is ${role}, and only ${listOf(others)} may ${allows}. ` +
    'Ask one of them: Settings, Team lists everybody with their role.'
  );
}

export const withArticle = (role: Role) => `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`;

const listOf = (words: string[]) => new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(words);

/** Roles whose rights include `right`, as an SQL list of literals. */
export const rolesSql = (right: Right) => RIGHTS[right].roles.map((role) => `'${role}'`).join(', ');

/** The data of each template in `views/mail`. The add-on follows from the mail's account. */
export interface TemplateData {
  'sign-up': { link: string };
  /** To somebody who signs up with the address of a person that there is. */
  'sign-up-known': { signInUrl: string; passwordUrl: string };
  /** `link`: null when the address is nobody's; the mail then says so. */
  'password-reset': { link: string | null; signUpUrl: string };
  'password-changed': { passwordUrl: string };
  'second-step-changed': { isOn: boolean; passwordUrl: string };
  /** To its team; `deletedBy`: an address. */
  'account-deleted': { accountName: string; deletedBy: string; deletedAt: Date; passwordUrl: string };
  'person-deleted': { signUpUrl: string };
  'team-invitation': {
    link: string;
    expiresAt: Date;
    accountName: string;
    role: string;
    /** The address of whoever invites, if it is a person. */
    invitedBy: string | null;
  };
  'subscriber-invitation': { link: string; expiresAt: Date; appName: string; subscriberName: string };
  'quota-warning': QuotaWarning;
  'api-key-rotated': {
    /** The prefix of the new key. */
    keyPrefix: string;
    /** Null while the new key is not in the config: the old key's grace begins then. A past date: it has ended. */
    oldKeyValidUntil: Date | null;
    /** Whether we have put the new key into the config of the customer's apps. */
    isConfigUpdated: boolean;
    settingsUrl: string;
  };
  'endpoint-disabled': EndpointAlert;
  'endpoint-failing': EndpointAlert;
  'endpoint-recovered': EndpointAlert;
  /** Of endpoints that are on and not failing; the same when it is resolved. */
  'issue-opened': EndpointAlert;
  'issue-resolved': EndpointAlert;
  'secret-rotated': EndpointAlert;
  'subscriber-alert': SubscriberAlert;
}

export type TemplateName = keyof TemplateData;

interface QuotaWarning {
  /** Per cent of the limit. */
  threshold: 50 | 80 | 100;
  plan: string;
  limit: number;
  used: number;
  monthEndsAt: Date;
  /** The next larger plan as Heroku names it (`hosted-hooks:growth`); null when there is none. */
  upgradeTo: string | null;
  usageUrl: string;
}

export interface EndpointAlert {
  /** Endpoints that the mail is about. */
  count: number;
  /** The first of them, listed in the mail. */
  endpoints: AlertedEndpoint[];
  /** The page that lists all apps. */
  appsUrl: string;
}

export interface AlertedEndpoint {
  url: string;
  subscriberName: string;
  appName: string;
  /** Null when the endpoint is on. */
  reason: 'attempts_exhausted' | 'gone' | null;
  /** Since when it fails or is off; null of one that is neither. */
  since: Date | null;
  /** Deliveries that a replay can send; a lower bound when they are very many. */
  missed: number;
  /** Deliveries that wait for another attempt; a lower bound when they are very many. */
  waiting: number;
  /** Why it fails and what to do, as sentences; null when that is not known. */
  advice: string | null;
  pageUrl: string;
}

/** What may happen to endpoints; also the template of the mail to the team. */
export type AlertKind =
  | 'endpoint-disabled'
  | 'endpoint-failing'
  | 'endpoint-recovered'
  | 'issue-opened'
  | 'issue-resolved'
  | 'secret-rotated';

/** What happened to endpoints of a subscriber, in the provider's words to them. */
export interface SubscriberAlert {
  kind: AlertKind;
  /** The name at the foot. */
  sender: string;
  provider: string;
  count: number;
  endpoints: SubscriberEndpoint[];
}

/** `link` opens the portal there, without signing in. */
export interface SubscriberEndpoint extends Omit<AlertedEndpoint, 'subscriberName' | 'appName' | 'pageUrl'> {
  link: string;
}

/** The add-on as Heroku shows it, or an account without Heroku. */
export interface Addon {
  /** The tenant: links to pages without an id name it, because a reader may have several accounts. */
  id: string;
  name: string;
  appName: string | null;
  isOfHeroku: boolean;
}

type SubjectOf<T extends TemplateName> = (data: TemplateData[T], addon: Pick<Addon, 'name'>) => string;

const SUBJECTS: { [T in TemplateName]: SubjectOf<T> } = {
  'sign-up': () => 'Confirm your address at HostedHooks',
  'sign-up-known': () => 'You are signed up at HostedHooks already',
  'password-reset': () => 'Choose a new password for HostedHooks',
  'team-invitation': ({ accountName }) => `You are invited to ${accountName} at HostedHooks`,
  'subscriber-invitation': ({ appName }) => `${appName} invites you to your webhooks`,
  'account-deleted': ({ accountName }) => `The account ${accountName} at HostedHooks was deleted`,
  'person-deleted': () => 'You are no longer signed up at HostedHooks',
  'password-changed': () => 'Your password for HostedHooks was changed',
  'second-step-changed': ({ isOn }) => `Two-step sign-in at HostedHooks was turned ${isOn ? 'on' : 'off'}`,
  'quota-warning': ({ threshold }, { name }) =>
    threshold === 100
      ? `${name} has used all messages of this month`
      : `${name} has used ${String(threshold)} % of this month’s messages`,
  'api-key-rotated': (_data, { name }) => `The API key of ${name} was changed`,
  'endpoint-disabled': ({ count, endpoints: [first] }) =>
    count > 1 || first === undefined
      ? `${count.toLocaleString('en-US')} endpoints were turned off`
      : `We turned off an endpoint of ${first.subscriberName}`,
  'endpoint-failing': ({ count, endpoints: [first] }) =>
    count > 1 || first === undefined
      ? `${count.toLocaleString('en-US')} endpoints are failing`
      : `An endpoint of ${first.subscriberName} is failing`,
  'endpoint-recovered': ({ count, endpoints: [first] }) =>
    count > 1 || first === undefined
      ? `${count.toLocaleString('en-US')} endpoints are well again`
      : `An endpoint of ${first.subscriberName} is well again`,
  'issue-opened': ({ count, endpoints: [first] }) =>
    count > 1 || first === undefined
      ? `${count.toLocaleString('en-US')} endpoints have open issues`
      : `An endpoint of ${first.subscriberName} has an open issue`,
  'issue-resolved': ({ count, endpoints: [first] }) =>
    count > 1 || first === undefined
      ? `The issues of ${count.toLocaleString('en-US')} endpoints are resolved`
      : `The issue of an endpoint of ${first.subscriberName} is resolved`,
  'secret-rotated': ({ count, endpoints: [first] }) =>
    count > 1 || first === undefined
      ? `The signing secrets of ${count.toLocaleString('en-US')} endpoints were rotated`
      : `The signing secret of an endpoint of ${first.subscriberName} was rotated`,
  'subscriber-alert': ({ kind, provider, count }) =>
    `Webhooks from ${provider}: ${count > 1 ? `${count.toLocaleString('en-US')} endpoints ` : 'your endpoint '}${
      (count > 1 ? HAPPENED_TO_MANY : HAPPENED)[kind]
    }`,
};

const HAPPENED: Record<AlertKind, string> = {
  'endpoint-disabled': 'was turned off',
  'endpoint-failing': 'is failing',
  'endpoint-recovered': 'is well again',
  'issue-opened': 'does not take all of them',
  'issue-resolved': 'takes all of them again',
  'secret-rotated': 'has a new signing secret',
};

const HAPPENED_TO_MANY: Record<AlertKind, string> = {
  'endpoint-disabled': 'were turned off',
  'endpoint-failing': 'are failing',
  'endpoint-recovered': 'are well again',
  'issue-opened': 'do not take all of them',
  'issue-resolved': 'take all of them again',
  'secret-rotated': 'have new signing secrets',
};

const MAX_SUBJECT = 150;

/** The subject in one line, because a line break in a customer's name would start a header. */
export function subjectOf<T extends TemplateName>(
  template: T,
  data: TemplateData[T],
  addon: Addon | null,
): string {
  const subject = singleLine(SUBJECTS[template](data, addon ?? { name: 'HostedHooks' }));
  return subject.length > MAX_SUBJECT ? `${subject.slice(0, MAX_SUBJECT).toWellFormed()}…` : subject;
}

/** Replaces line breaks, other control characters and bidirectional controls by a space. */
export function singleLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim();
}

import { adviceTo } from '#src/domain/issues/advice.ts';
import type {
  AlertedEndpoint,
  SubscriberAlert,
  TemplateData,
  TemplateName,
} from '#src/domain/mail/templates.ts';

type Sample = { [T in TemplateName]: { template: T; data: TemplateData[T] } }[TemplateName];

const endpoint: AlertedEndpoint = {
  url: 'https://globex.example/webhooks/orders?tenant=a-rather-long-tenant-identifier-that-goes-on-and-on',
  subscriberName: 'Globex',
  appName: 'Orders',
  reason: 'attempts_exhausted',
  since: new Date('2026-11-22T10:02:00Z'),
  missed: 14,
  waiting: 3,
  advice: adviceTo('provider', 'server_error'),
  pageUrl: 'https://hooks.example/apps/1/endpoints/2',
};
const appsUrl = 'https://hooks.example/apps';
const failing = { ...endpoint, reason: null, missed: 0, waiting: 0 };
const well = { ...endpoint, reason: null, since: null };
const gone = { ...endpoint, reason: 'gone' as const, missed: 10_000 };

const UPGRADE = 'hosted-hooks:growth';

const quota = (threshold: 50 | 80 | 100, used: number, upgradeTo: string | null = UPGRADE): Sample => ({
  template: 'quota-warning',
  data: {
    threshold,
    plan: 'starter',
    limit: 250_000,
    used,
    monthEndsAt: new Date('2026-12-01T00:00:00Z'),
    upgradeTo,
    usageUrl: 'https://hooks.example/settings/account',
  },
});

const key = (isConfigUpdated: boolean): Sample => ({
  template: 'api-key-rotated',
  data: {
    keyPrefix: 'hhk_abc',
    oldKeyValidUntil: new Date('2026-11-30T10:00:00Z'),
    isConfigUpdated,
    settingsUrl: 'https://hooks.example/settings/account',
  },
});

/** Every mail in each of its forms. */
export const SAMPLES = {
  'quota at 50': quota(50, 125_000),
  'quota at 80': quota(80, 200_123),
  'quota at 100': quota(100, 250_000),
  'quota of the largest plan': quota(80, 200_123, null),
  'key changed': key(true),
  'key to copy': key(false),
  'one endpoint off': { template: 'endpoint-disabled', data: { count: 1, endpoints: [endpoint], appsUrl } },
  'endpoints off': {
    template: 'endpoint-disabled',
    data: { count: 1200, endpoints: [endpoint, gone, { ...endpoint, missed: 1, waiting: 1 }], appsUrl },
  },
  'one endpoint failing': { template: 'endpoint-failing', data: { count: 1, endpoints: [failing], appsUrl } },
  'endpoints failing': {
    template: 'endpoint-failing',
    data: { count: 3, endpoints: [failing, failing, failing], appsUrl },
  },
  'one endpoint well again': {
    template: 'endpoint-recovered',
    data: { count: 1, endpoints: [well], appsUrl },
  },
  'endpoints well again': {
    template: 'endpoint-recovered',
    data: { count: 30, endpoints: [well, well], appsUrl },
  },
  'one issue opened': {
    template: 'issue-opened',
    data: { count: 1, endpoints: [{ ...well, missed: 3, waiting: 0 }], appsUrl },
  },
  'issues opened': { template: 'issue-opened', data: { count: 22, endpoints: [well, well], appsUrl } },
  'one issue resolved': { template: 'issue-resolved', data: { count: 1, endpoints: [well], appsUrl } },
  'issues resolved': { template: 'issue-resolved', data: { count: 2, endpoints: [well, well], appsUrl } },
  'one secret rotated': { template: 'secret-rotated', data: { count: 1, endpoints: [well], appsUrl } },
  'secrets rotated': { template: 'secret-rotated', data: { count: 2, endpoints: [well, well], appsUrl } },
} satisfies Record<string, Sample>;

const toSubscriber = (kind: SubscriberAlert['kind'], count: number, one: AlertedEndpoint): Sample => ({
  template: 'subscriber-alert',
  data: {
    kind,
    sender: 'Acme',
    provider: 'Acme',
    count,
    endpoints: [{ ...one, link: 'https://hooks.example/portal/token' }],
  },
});

/** Mails to the people of a subscriber. */
export const SUBSCRIBER_SAMPLES = {
  'endpoint off': toSubscriber('endpoint-disabled', 1, endpoint),
  'endpoints off': toSubscriber('endpoint-disabled', 12, gone),
  'endpoint failing': toSubscriber('endpoint-failing', 1, failing),
  'endpoints failing': toSubscriber('endpoint-failing', 2, failing),
  'endpoint well again': toSubscriber('endpoint-recovered', 1, well),
  'issue opened': toSubscriber('issue-opened', 1, well),
  'issue resolved': toSubscriber('issue-resolved', 1, well),
  'secret rotated': toSubscriber('secret-rotated', 1, { ...well, missed: 0 }),
} satisfies Record<string, Sample>;

const passwordUrl = 'https://hooks.example/password';
const signUpUrl = 'https://hooks.example/sign_up';

const invited = {
  link: 'https://hooks.example/invitations/token',
  expiresAt: new Date('2026-12-01T00:00:00Z'),
};

/** Mails to somebody who may know nothing of us. */
export const INVITATION_SAMPLES = {
  'into a team': {
    template: 'team-invitation',
    data: { ...invited, accountName: 'Acme', role: 'admin', invitedBy: 'ada@acme.test' },
  },
  'of an account that was deleted': {
    template: 'account-deleted',
    data: {
      accountName: 'Acme',
      deletedBy: 'ada@acme.test',
      deletedAt: invited.expiresAt,
      passwordUrl,
    },
  },
  'to a subscriber': {
    template: 'subscriber-invitation',
    data: { ...invited, appName: 'Acme', subscriberName: 'Globex' },
  },
} satisfies Record<string, Sample>;

/** Mails about a person, and not about an account. */
export const PERSON_SAMPLES = {
  'sign-up': { template: 'sign-up', data: { link: `${signUpUrl}/token` } },
  'sign-up of somebody known': {
    template: 'sign-up-known',
    data: { signInUrl: 'https://hooks.example/sign_in', passwordUrl },
  },
  'password forgotten': { template: 'password-reset', data: { link: `${passwordUrl}/token`, signUpUrl } },
  'password of nobody': { template: 'password-reset', data: { link: null, signUpUrl } },
  'person deleted': { template: 'person-deleted', data: { signUpUrl } },
  'password changed': { template: 'password-changed', data: { passwordUrl } },
  'second step on': { template: 'second-step-changed', data: { isOn: true, passwordUrl } },
  'second step off': { template: 'second-step-changed', data: { isOn: false, passwordUrl } },
} satisfies Record<string, Sample>;

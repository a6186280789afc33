/** What each mail tells; `views/mail` says it. The add-on that a mail is about is known from its account. */
export interface TemplateData {
  'quota-warning': QuotaWarning;
  'api-key-rotated': {
    /** Of the new key. */
    keyPrefix: string;
    /** Null: until the new one is in the config and its grace has passed. Past: it has ended. */
    oldKeyValidUntil: Date | null;
    /** Whether we have put the new key into the config of the customer's apps. */
    isConfigUpdated: boolean;
    settingsUrl: string;
  };
  'endpoint-disabled': EndpointAlert;
  'endpoint-failing': EndpointAlert;
}

export type TemplateName = keyof TemplateData;

interface QuotaWarning {
  /** Percent of the limit. */
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
  /** Of all that are concerned. */
  count: number;
  /** The first of them. */
  endpoints: AlertedEndpoint[];
  /** Where all of them are found. */
  appsUrl: string;
}

export interface AlertedEndpoint {
  url: string;
  subscriberName: string;
  appName: string;
  /** Null when it only fails. */
  reason: 'attempts_exhausted' | 'gone' | null;
  since: Date;
  /** Deliveries that are kept for a replay; of very many only that they are at least so many. */
  held: number;
  pageUrl: string;
}

/** The add-on as Heroku's users know it. */
export interface Addon {
  /** Of the resource: a link to a page that no id says the account of names it, because readers may have several. */
  id: string;
  name: string;
  appName: string | null;
}

type SubjectOf<T extends TemplateName> = (data: TemplateData[T], addon: Addon) => string;

const SUBJECTS: { [T in TemplateName]: SubjectOf<T> } = {
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
};

const MAX_SUBJECT = 150;

/** One line, whatever a customer's name holds: what follows a line break would be a header. */
export function subjectOf<T extends TemplateName>(template: T, data: TemplateData[T], addon: Addon): string {
  const subject = singleLine(SUBJECTS[template](data, addon));
  return subject.length > MAX_SUBJECT ? `${subject.slice(0, MAX_SUBJECT).toWellFormed()}…` : subject;
}

/** Without line breaks, other control characters, and what would turn the direction of the text around. */
export function singleLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim();
}

import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import { escapeHtml } from '#src/infra/lib/escape-html.ts';
import { lazy } from '#src/infra/lib/lazy.ts';
import { changePlanCommand } from '#src/domain/plans/upgrade.ts';
import { withoutLinks } from './without-links.ts';
import { type Addon, singleLine, subjectOf, type TemplateData, type TemplateName } from './templates.ts';

const VIEWS = fileURLToPath(new URL('../../../views/mail', import.meta.url));

export interface MailContent {
  subject: string;
  text: string;
  html: string;
}

interface About<T extends TemplateName> {
  template: T;
  data: TemplateData[T];
  /** Null of a mail about a person. */
  addon: Addon | null;
  /** Why the recipient gets the mail, as a clause: `you are one of its admins`. */
  why: string;
  /** Where the recipient chooses which mails to get; null of one that is always sent. */
  preferencesUrl?: string | null;
}

/** Renders a mail as text and as HTML, each in its layout. */
export async function renderMail<T extends TemplateName>(about: About<T>): Promise<MailContent> {
  const { template, data, addon, why, preferencesUrl = null } = { ...about, ...namesWithoutLinks(about) };
  const subject = subjectOf(template, data, addon);
  const scope = { ...data, ...viewHelpers, subject, addon, why, preferencesUrl, sender: senderOf(data) };
  const render = async (kind: 'text' | 'html') => {
    const options = { cache: true, root: VIEWS, escape: ESCAPES[kind] };
    const body = await ejs.renderFile(`${VIEWS}/${template}.${kind}.ejs`, scope, options);
    const laidOut = kind === 'text' ? withoutBreaks(withoutGaps(body)) : withoutGaps(body);
    return ejs.renderFile(`${VIEWS}/layout.${kind}.ejs`, { ...scope, body: laidOut }, options);
  };
  const [text, html] = await Promise.all([render('text'), render('html')]);
  return { subject, text, html };
}

const namesWithoutLinks = <T extends TemplateName>({ data, addon, why }: About<T>) =>
  withoutLinks({ data, addon, why });

/** Who stands at the foot: a provider that writes to its subscribers may do so in its own name. */
function senderOf(data: object): string {
  if (!('sender' in data) || typeof data.sender !== 'string') return 'HostedHooks';
  return data.sender;
}

/** Escapes printed values. A customer's name must not add lines to a text. */
const ESCAPES = {
  text: (value?: unknown) => singleLine(shown(value)),
  html: (value?: unknown) => escapeHtml(singleLine(shown(value))),
};

/** Collapses the empty lines that a template's conditions leave. */
const withoutGaps = (body: string) => body.trim().replaceAll(/\n\s*\n\s*\n/g, '\n\n');

/** Joins a paragraph into one line, because mail clients wrap at their own width. */
const withoutBreaks = (text: string) => text.replaceAll(/(?<=\S)\n(?=\S)/g, ' ');

const shown = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const NUMBER = new Intl.NumberFormat('en-US');
// Made when they are used, because the first formatter of dates takes 30 ms.
const dayFormat = lazy(() => new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }));
const timeFormat = lazy(
  () => new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }),
);

/** The helpers of every template. */
const viewHelpers = {
  number: (value: number) => NUMBER.format(value),
  day: (date: Date) => dayFormat().format(date),
  time: (date: Date) => `${timeFormat().format(date)} UTC`,
  changePlanCommand: (planName: string, addon: Addon) => changePlanCommand(planName, { addon }),
};

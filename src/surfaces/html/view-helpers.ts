import { escapeHtml } from '#src/infra/lib/escape-html.ts';
import { highlightJson } from '#src/infra/lib/json-layout.ts';
import { relativeTime } from '#src/infra/lib/relative-time.ts';
import { icon } from './icons.ts';

/** Functions for all views. Functions that return HTML escape their arguments; print their results with `<%-`. */
export const viewHelpers = {
  icon,
  json: highlightJson,
  time,
  number,
  bytes,
  duration,
  percent,
  shortId,
  truncateMiddle,
  plural,
  isFirstInvalid,
};

const NUMBER = new Intl.NumberFormat('en-US');
const PERCENT = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });

/** A time element with the relative time as its text, and the exact time in `title` and `datetime`. */
function time(date: Date): string {
  const iso = date.toISOString();
  const exact = `${iso.slice(0, 10)} ${iso.slice(11, 23)} UTC`;
  return `<time datetime="${iso}" title="${exact}">${escapeHtml(relativeTime(date, Date.now()))}</time>`;
}

function number(value: number): string {
  return NUMBER.format(value);
}

function percent(share: number): string {
  return PERCENT.format(share);
}

function bytes(count: number): string {
  if (count < 1024) return plural(count, 'byte', 'bytes');
  if (count < 1024 * 1024) return `${(count / 1024).toFixed(1)} KB`;
  return `${(count / 1024 / 1024).toFixed(1)} MB`;
}

function duration(ms: number): string {
  return ms < 1000 ? `${number(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

function shortId(id: string): string {
  return truncateMiddle(id, 13);
}

/** Shortens `text` in the middle to at most `length` characters, because both ends tell ids and addresses apart. */
function truncateMiddle(text: string, length: number): string {
  if (text.length <= length) return text;
  const head = Math.ceil((length - 1) * 0.6);
  return `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`;
}

function plural(count: number, one: string, many: string): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** Whether this field gets the focus in a refused form: the first invalid one. A body keeps the order of the fields. */
function isFirstInvalid(form: { values: object; errors: object }, name: string): boolean {
  const invalid = Object.keys(form.errors);
  return name === (Object.keys(form.values).find((field) => invalid.includes(field)) ?? invalid[0]);
}

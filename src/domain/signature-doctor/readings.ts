import { memberSpans } from '#src/infra/lib/json-text.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import type { Known, Scheme } from './case.ts';
import { type Deviation, type Reading, right, wrong } from './deviation.ts';
import { parsed, printedValues, rewrittenJson } from './rewritten-json.ts';

const WHSEC = 'whsec_';
const bytes = (text: string, encoding: 'utf8' | 'hex' | 'base64' = 'utf8') => Buffer.from(text, encoding);

/** The keys that code may make of a secret, the right one first. */
export function keysOf(secret: string, scheme: Scheme): Reading<Buffer>[] {
  const whsec = standardWebhooksSecret(secret);
  const encoded = whsec.slice(WHSEC.length);
  const spaced = [`${secret}\n`, `${secret} `, ` ${secret}`, `"${secret}"`, `'${secret}'`, `${secret}\r\n`];
  const decoded = (['base64', 'hex'] as const).map((encoding) =>
    wrong(bytes(secret, encoding), 'secret_decoded', encoding),
  );
  const asText = [wrong(bytes(whsec), 'secret_not_decoded'), wrong(bytes(encoded), 'secret_not_decoded')];
  const isImported = secret === whsec;
  const correct = scheme === 'standard' ? right(bytes(encoded, 'base64')) : right<Buffer>(bytes(secret));
  const imported =
    isImported && scheme === 'own' ? [wrong(bytes(encoded, 'base64'), 'secret_decoded', 'base64')] : [];
  return [
    correct,
    ...imported,
    ...asText,
    ...decoded,
    ...spaced.map((text) => wrong(bytes(text), 'secret_spaced')),
  ];
}

export interface Stamp {
  id: string;
  seconds: string;
}

/** What code may sign of a body, as the texts before it, the right one first. */
export function startsOf(scheme: Scheme, { id, seconds }: Stamp): Reading<string>[] {
  const own = `${seconds}.`;
  const standard = `${id}.${seconds}.`;
  const both = [
    wrong('', 'time_left_out'),
    wrong(seconds, 'dot_left_out'),
    wrong(`t=${seconds}.`, 'header_malformed'),
    wrong(`${seconds}000.`, 'time_in_milliseconds'),
    wrong(`${id}.${seconds}000.`, 'time_in_milliseconds'),
    wrong(`${id}.`, 'time_left_out'),
  ];
  return scheme === 'own' ? [right(own), ...both] : [right(standard), wrong(own, 'id_left_out'), ...both];
}

/** What code may hash for a body, that itself first. */
export function bodiesOf(body: string): Reading<string>[] {
  const unix = body.replaceAll('\r\n', '\n');
  return [
    right(body),
    ...[body.trimEnd(), body.trim()].map((text) => wrong(text, 'newline_trimmed')),
    ...[`${body}\n`, `${body}\r\n`].map((text) => wrong(text, 'newline_added')),
    ...[unix, unix.replaceAll('\n', '\r\n')].map((text) => wrong(text, 'line_breaks_changed')),
    // After those above, because to write JSON again trims it, too.
    ...rewrittenJson(body).map(({ by, text }) => wrong(text, 'body_reserialised', by)),
    wrong(bytes(body).toString('latin1'), 'body_decoded'),
    ...dataOf(body),
    ...printedValues(body).map(({ by, text }) => wrong(text, 'body_parsed', by)),
  ].filter(({ value, deviation }) => deviation === null || value !== body);
}

/** What a body may have been before it was changed on its way into a form, that itself first. */
export function bodiesBefore(body: string): Reading<string>[] {
  return [
    right(body),
    ...[`${body}\n`, `${body}\r\n`].map((text) => wrong(text, 'newline_trimmed')),
    wrong(body.trimEnd(), 'newline_added'),
    wrong(body.replaceAll('\n', '\r\n'), 'line_breaks_changed'),
    wrong(Buffer.from(body, 'latin1').toString(), 'body_decoded'),
    ...rewrittenJson(body).map(({ text }) => wrong(text, 'body_reserialised')),
  ].filter(({ value, deviation }) => deviation === null || value !== body);
}

/** The member `data` alone, as written. */
function dataOf(body: string): Reading<string>[] {
  const value = parsed(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const span = memberSpans(body).get('data');
  return span === undefined ? [] : [wrong(body.slice(span.start, span.end), 'body_data_only')];
}

/** The keys of the live secret, of former ones, and of the subscriber's other endpoints. */
export function trueKeys(known: Known, scheme: Scheme): Reading<Buffer>[] {
  const marked = (secret: string, deviation: Deviation | null) =>
    keysOf(secret, scheme)
      .slice(0, 1)
      .map(({ value }) => ({ value, deviation }));
  return [
    ...marked(known.secret, null),
    ...known.previous.flatMap((secret) => marked(secret, { mistake: 'secret_previous' })),
    ...known.others.flatMap(({ secret, url }) =>
      marked(secret, { mistake: 'secret_of_other_endpoint', of: url }),
    ),
  ];
}

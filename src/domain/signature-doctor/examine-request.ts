import { isDeepStrictEqual } from 'node:util';
import type { Diagnosis, Found, Known, Pasted } from './case.ts';
import type { Deviation } from './deviation.ts';
import { examineComputed } from './examine-computed.ts';
import { examineSecret } from './examine-secret.ts';
import { findSignature } from './find-signature.ts';
import { readHeaders } from './pasted-headers.ts';
import { bodiesBefore, bodiesOf, startsOf, trueKeys } from './readings.ts';
import { parsed } from './rewritten-json.ts';
import { findDeviations, SHA256 } from './search.ts';

/**
 * Says what is wrong with a request, or with how its signature is checked: tries what goes wrong in practice until a
 * signature agrees. Pure; takes some 20 ms.
 */
export function examineRequest(pasted: Pasted, known: Known): Diagnosis {
  const found = findSignature(readHeaders(pasted.headers), known.headerPrefix);
  const secret = examineSecret(pasted.secret, known);
  if ('mistakes' in found) {
    return { request: 'unsigned', mistakes: [...found.mistakes, ...secret], isComputedRight: null };
  }
  const body = asTyped(pasted.body);
  const ofRequest = examineSignature({ found, body, known });
  const about = { found, known, body: known.sentBody ?? body };
  const computed = examineComputed(pasted.computed, about);
  return {
    request: ofRequest.length === 0 ? 'genuine' : 'broken',
    mistakes: withoutRepeats([...ofRequest, ...computed.mistakes, ...secret]),
    isComputedRight: computed.isRight,
  };
}

/** Browsers send the line breaks of a form as `\r\n`, so those of the body are not known. */
const asTyped = (text: string) => text.replaceAll('\r\n', '\n');

interface Signed {
  found: Found;
  body: string;
  known: Known;
}

/** What differs between the request that was signed and the one that was pasted. */
function examineSignature({ found, body, known }: Signed): Deviation[] {
  const keys = trueKeys(known, found.scheme);
  const starts = startsOf(found.scheme, found).slice(0, 1);
  const signs = (bodies: ReturnType<typeof bodiesOf>) =>
    findDeviations({ keys, starts, bodies, hashes: SHA256 }, found.digests);
  if (known.sentBody === null) {
    return signs(bodiesBefore(body))?.filter(isNotOfPasting) ?? [changed(body)];
  }
  const sent = signs(bodiesOf(known.sentBody).slice(0, 1)) ?? [{ mistake: 'secret_wrong' as const }];
  // We know what was sent, so nobody has to paste a body.
  return body === '' ? sent : [...sent, ...differenceOf(known.sentBody, body)];
}

const changed = (body: string): Deviation =>
  body === '' ? { mistake: 'body_parsed', of: 'an empty body' } : { mistake: 'body_changed' };

/** How `body` came of `sent`, but for what pasting does. */
function differenceOf(sent: string, body: string): Deviation[] {
  const found = bodiesOf(sent).find(({ value }) => asTyped(value) === body);
  if (found === undefined) return [isSameJson(sent, body) ? { mistake: 'body_reserialised' } : changed(body)];
  return found.deviation === null ? [] : [found.deviation].filter(isNotOfPasting);
}

/** Whether the texts are the same JSON, by whatever program they were written. */
function isSameJson(one: string, other: string): boolean {
  const value = parsed(one);
  return value !== undefined && isDeepStrictEqual(value, parsed(other));
}

/** A paste has one line break more than its source as often as not. */
const OF_PASTING = new Set(['line_breaks_changed', 'newline_added']);
const isNotOfPasting = ({ mistake }: Deviation) => !OF_PASTING.has(mistake);

function withoutRepeats(mistakes: Deviation[]): Deviation[] {
  return mistakes.filter((one, at) => mistakes.findIndex(({ mistake }) => mistake === one.mistake) === at);
}

import { ownHeaders } from '#src/domain/outbound-rules/own-headers.ts';
import type { Found } from './case.ts';
import type { Deviation } from './deviation.ts';
import { readOwn, readStandard } from './given-signature.ts';
import { NAMELESS, nameOf, type PastedHeaders } from './pasted-headers.ts';

/** The signature of pasted headers, ours before that of Standard Webhooks; or why there is none to look at. */
export function findSignature(headers: PastedHeaders, prefix: string): Found | { mistakes: Deviation[] } {
  const name = ownHeaders(prefix).signature;
  const own = headers.get(nameOf(name)) ?? headers.get(NAMELESS) ?? '';
  const standard = headers.get('webhook-signature') ?? '';
  const id = headers.get('webhook-id') ?? '';
  const ofOwn = readOwn(own);
  if (ofOwn !== null) return { ...ofOwn, scheme: 'own', id };
  const digests = readStandard(standard);
  if (digests === null) return { mistakes: [whyUnread(own, standard, name)] };
  const seconds = headers.get('webhook-timestamp') ?? '';
  if (id === '') return missing('webhook-id');
  return SECONDS.test(seconds) ? { digests, scheme: 'standard', id, seconds } : missing('webhook-timestamp');
}

const SECONDS = /^\d{1,12}$/;

const missing = (of: string) => ({ mistakes: [{ mistake: 'header_missing' as const, of }] });

function whyUnread(own: string, standard: string, name: string): Deviation {
  if (readStandard(own) !== null || readOwn(standard) !== null) return { mistake: 'other_header', of: name };
  if (own !== '') return { mistake: 'header_malformed', of: name };
  if (standard !== '') return { mistake: 'header_malformed', of: 'webhook-signature' };
  return { mistake: 'header_missing', of: name };
}

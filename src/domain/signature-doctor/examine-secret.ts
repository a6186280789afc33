import { isOneOf } from '#src/infra/lib/same-text.ts';
import { standardWebhooksSecret } from '#src/infra/lib/signature.ts';
import type { Known } from './case.ts';
import type { Deviation } from './deviation.ts';

/**
 * What is wrong with the secret that the receiver's code has. A secret that was cut is told of from this length on,
 * because whoever may not see the secret must not learn it piece by piece.
 */
const MIN_CUT = 24;

export function examineSecret(text: string, known: Known): Deviation[] {
  const bare = text
    .replace(/^[\s"']+/, '')
    .replace(/^.*?=["']?(?=whsec_)/, '')
    .replace(/["'\s]{1,20}$/, '');
  if (bare === '') return [];
  if (isFormOf(known.secret, text)) return [];
  if (isFormOf(known.secret, bare)) return [{ mistake: 'secret_spaced' }];
  if (known.previous.some((secret) => isFormOf(secret, bare))) return [{ mistake: 'secret_previous' }];
  const other = known.others.find(({ secret }) => isFormOf(secret, bare));
  if (other !== undefined) return [{ mistake: 'secret_of_other_endpoint', of: other.url }];
  const isCut = bare.length >= MIN_CUT && formsOf(known.secret).some((form) => form.includes(bare));
  return [{ mistake: isCut ? 'secret_cut' : 'secret_wrong' }];
}

const isFormOf = (secret: string, text: string) => isOneOf(text, formsOf(secret));

const formsOf = (secret: string) => {
  const whsec = standardWebhooksSecret(secret);
  return [secret, whsec, whsec.slice('whsec_'.length)];
};

import type { Found, Known, Scheme } from './case.ts';
import type { Deviation } from './deviation.ts';
import { type Computed, readComputed } from './given-signature.ts';
import { bodiesOf, keysOf, startsOf, trueKeys } from './readings.ts';
import { findDeviations, HASHES } from './search.ts';

interface About {
  found: Found;
  known: Known;
  /** What should have been signed. */
  body: string;
}

interface Examined {
  isRight: boolean | null;
  mistakes: Deviation[];
}

const ENCODINGS: Record<Scheme, Computed['encoding']> = { own: 'hex', standard: 'base64' };

/** How code came to the signature that it made, by the fewest mistakes that lead there. */
export function examineComputed(text: string, about: About): Examined {
  if (text.trim() === '') return { isRight: null, mistakes: [] };
  const computed = readComputed(text);
  if (computed === null)
    return { isRight: false, mistakes: [{ mistake: 'encoding_wrong', of: 'unreadable' }] };
  const { scheme, id } = about.found;
  const other = scheme === 'own' ? 'standard' : 'own';
  const mistakes = [
    mistakesBy(scheme, computed, about),
    ...(id === '' ? [] : [beside(other, mistakesBy(other, computed, about))]),
  ]
    .filter((list) => list !== null)
    .toSorted((one, another) => one.length - another.length)[0];
  return mistakes === undefined
    ? { isRight: false, mistakes: [{ mistake: 'secret_wrong' }] }
    : { isRight: mistakes.length === 0, mistakes };
}

/** The other header is as good, but it is not the one that was pasted. */
function beside(scheme: Scheme, mistakes: Deviation[] | null): Deviation[] | null {
  return mistakes && [{ mistake: 'scheme_mixed', of: scheme }, ...mistakes];
}

function mistakesBy(scheme: Scheme, computed: Computed, { found, known, body }: About): Deviation[] | null {
  const steps = {
    keys: [...keysOf(known.secret, scheme), ...trueKeys(known, scheme).slice(1)],
    starts: startsOf(scheme, found),
    bodies: bodiesOf(body),
    hashes: HASHES,
  };
  const deviations = findDeviations(steps, [computed.digest]);
  if (deviations === null || computed.encoding === ENCODINGS[scheme]) return deviations;
  return [...deviations, { mistake: 'encoding_wrong', of: computed.encoding }];
}

import type { Scope } from './scope.ts';

/** What `String.includes` finds in time that hardly depends on the text. */
const SHORT = 32;

/**
 * Whether `text` holds `part`, in time linear in both. `String.includes` alone may compare every character of a long
 * part at every place of the text.
 */
export function containsText(text: string, part: string, scope: Scope): boolean {
  if (part.length > text.length) {
    scope.spend(1);
    return false;
  }
  if (part.length > SHORT) return searchLong(text, part, scope);
  scope.spend(1 + (text.length * part.length) / 128);
  return text.includes(part);
}

/** Knuth, Morris and Pratt. */
function searchLong(text: string, part: string, scope: Scope): boolean {
  scope.spend(1 + text.length / 4 + part.length);
  const borders = bordersOf(part);
  let matched = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    while (matched > 0 && part.charCodeAt(matched) !== code) matched = borders[matched - 1] ?? 0;
    if (part.charCodeAt(matched) === code) matched += 1;
    if (matched === part.length) return true;
  }
  return false;
}

/** Of each prefix the length of its longest proper prefix that is its suffix, too. */
function bordersOf(part: string): Int32Array {
  const borders = new Int32Array(part.length);
  let matched = 0;
  for (let at = 1; at < part.length; at += 1) {
    const code = part.charCodeAt(at);
    while (matched > 0 && part.charCodeAt(matched) !== code) matched = borders[matched - 1] ?? 0;
    if (part.charCodeAt(matched) === code) matched += 1;
    borders[at] = matched;
  }
  return borders;
}

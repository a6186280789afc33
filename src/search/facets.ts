/** What rows are filtered by, besides their text. Who: where it was sent. How: what came of it. */
export interface Facets {
  who: Record<string, string | undefined>;
  how: Record<string, string | number | boolean | null | undefined>;
}

/**
 * A "word" for each, and for each pair of who and how, so that the few runs are known in which a good endpoint failed. No
 * text holds such words: they have signs in them.
 */
export function facetWords({ who, how }: Facets): string[] {
  const [whos, hows] = [given(who), given(how)];
  return [...whos, ...hows, ...whos.flatMap((one) => hows.map((other) => `${one}&${other}`))];
}

function given(facets: Record<string, unknown>): string[] {
  return Object.entries(facets)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`);
}

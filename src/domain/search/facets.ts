/** The words by which a message is found, besides its text. */
export function messageFacets(of: {
  eventType?: string | undefined;
  eventId?: string | undefined;
}): string[] {
  return facetWords({ who: { type: of.eventType }, how: { event: of.eventId } });
}

interface AttemptFacets {
  endpointId?: string | undefined;
  subscriptionId?: string | undefined;
  eventType?: string | undefined;
  succeeded?: boolean | undefined;
  statusCode?: number | null | undefined;
}

/** The words by which an attempt is found, besides its texts. */
export function attemptFacets({
  endpointId,
  subscriptionId,
  eventType,
  succeeded,
  statusCode,
}: AttemptFacets): string[] {
  return facetWords({
    who: { endpoint: endpointId, subscription: subscriptionId, type: eventType },
    how: { succeeded, status: statusCode },
  });
}

/** What rows are filtered by, besides their text. Who: where it was sent. How: what came of it. */
interface Facets {
  who: Record<string, string | undefined>;
  how: Record<string, string | number | boolean | null | undefined>;
}

/**
 * A "word" for each, and for each pair of who and how, so that the few runs are known in which a good endpoint failed. No
 * text holds such words: they have signs in them.
 */
function facetWords({ who, how }: Facets): string[] {
  const [whos, hows] = [given(who), given(how)];
  return [...whos, ...hows, ...whos.flatMap((one) => hows.map((other) => `${one}&${other}`))];
}

function given(facets: Record<string, unknown>): string[] {
  return Object.entries(facets)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${String(value)}`);
}

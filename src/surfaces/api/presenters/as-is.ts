export interface Shown {
  /** JSON text. */
  json: string;
  /** What is no JSON, in its place; otherwise null. */
  base64: string | null;
}

/** A payload inside of an answer: as it was written if it is JSON, otherwise as base64. */
export function showPayload(payload: string | Buffer, contentType: string | null): Shown {
  // What we took as JSON is JSON.
  if (typeof payload === 'string' && (contentType === null || isJson(payload, contentType))) {
    return { json: payload, base64: null };
  }
  return { json: 'null', base64: toBase64(payload) };
}

const JSON_TYPE = /^\s*(?:(?:application|text)\/json|[^/;\s]+\/[^/;\s]+\+json)\s*(?:;|$)/i;

const toBase64 = (payload: string | Buffer) =>
  (typeof payload === 'string' ? Buffer.from(payload) : payload).toString('base64');

function isJson(text: string, contentType: string): boolean {
  if (!JSON_TYPE.test(contentType)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

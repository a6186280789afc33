export interface Shown {
  /** The payload as a JSON text. */
  json: string;
  /** The payload when it is not JSON; otherwise null. */
  base64: string | null;
}

/** A payload as a part of an answer: byte for byte if it is JSON, otherwise as base64. */
export function showPayload(payload: string | Buffer, contentType: string | null): Shown {
  // A message without a content type was validated as JSON when it was accepted.
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

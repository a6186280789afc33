import type { ErrorDetail } from '#src/infra/lib/errors.ts';

/** A call of our API, as it is recorded. */
export interface NewApiRequest {
  /** Its time is that of the answer. */
  id: string;
  accountId: string;
  method: string;
  /** With the query; what may be a secret is hidden. */
  path: string;
  /** The operation of the API's description; null where none has this address. */
  operation: string | null;
  status: number;
  /** Null of a request that was not refused, as the message. */
  code: string | null;
  message: string | null;
  details: ErrorDetail[];
  eventType: string | null;
  eventId: string | null;
  apiKeyId: string;
  /** The `x-request-id` of the answer. */
  requestId: string;
  clientAddress: string;
  userAgent: string | null;
  contentType: string | null;
  durationMs: number;
  /** The beginning of a message that was refused; null of every other request, and of bytes that are no text. */
  body: string | null;
  bodyBytes: number | null;
}

/** A call of our API that was refused, or one of a sample of the others. */
export interface ApiRequest extends NewApiRequest {
  /** Null once the key is no longer listed. */
  apiKeyName: string | null;
  /** How many with the same status and code came around it and are not listed. */
  unlisted: number;
}

export const isRefused = ({ status }: Pick<ApiRequest, 'status'>): boolean => status >= 400;

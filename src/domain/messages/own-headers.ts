import { asReceiversRead } from '#src/domain/outbound-rules/reserved-headers.ts';

/** The names of the headers that we set under an app's prefix. Whatever is added here is refused in messages. */
export const ownHeaders = (prefix: string) => ({
  signature: `${prefix}-Signature`,
  /** The signature again, as CGI would name it. */
  cgiSignature: `HTTP_${prefix.toUpperCase().replaceAll('-', '_')}_SIGNATURE`,
  delivery: `${prefix}-Delivery`,
  attempt: `${prefix}-Attempt`,
  trigger: `${prefix}-Trigger`,
  possibleDuplicate: `${prefix}-Possible-Duplicate`,
  eventId: `${prefix}-Event-Id`,
});

export type OwnHeaders = ReturnType<typeof ownHeaders>;

/** The first of the names that is one of our own under the prefix; undefined: none is. */
export function findOwnHeader(names: string[], prefix: string): string | undefined {
  if (names.length === 0) return undefined;
  const own = new Set(Object.values(ownHeaders(prefix)).map(asReceiversRead));
  return names.find((name) => own.has(asReceiversRead(name)));
}

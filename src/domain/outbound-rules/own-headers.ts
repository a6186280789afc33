/** What our headers begin with in apps that chose nothing else. */
export const DEFAULT_HEADER_PREFIX = 'HostedHooks';

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

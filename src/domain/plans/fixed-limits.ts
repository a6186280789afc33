import { MAX_LEVELS } from '#src/infra/lib/json-text.ts';

/** A limit that is the same on every plan. Code takes its number from here, and the documents tell it from here. */
export interface FixedLimit {
  /** As the documents name it. */
  what: string;
  max: number;
  /** How the documents write {@link max}. */
  shown: string;
  /** How the API answers what goes beyond it; null: the connection is closed. */
  status: 409 | 413 | 414 | 422 | 429 | null;
  code: string | null;
}

const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;

const INVALID = { status: 422, code: 'invalid' } as const;
const TOO_LARGE = { status: 413, code: 'too_large' } as const;
const TOO_MANY_BYTES = { status: 429, code: 'too_many_bytes' } as const;
const TOO_MANY_REQUESTS = { status: 429, code: 'too_many_requests' } as const;
const RATE_LIMITED = { status: 429, code: 'rate_limited' } as const;
const TOO_MANY_STREAMS = { status: 429, code: 'too_many_streams' } as const;
const TOO_MANY_LINKS = { status: 409, code: 'too_many_links' } as const;

export const FIXED_LIMITS = {
  addressBytes: {
    what: 'Address of a request, with its query',
    max: 8 * KILOBYTE,
    shown: '8 KB',
    status: 414,
    code: 'address_too_long',
  },
  bodyBytes: { what: 'Body of a request', max: MEGABYTE, shown: '1 MB', ...TOO_LARGE },
  batchBytes: { what: 'Body of a batch', max: 5 * MEGABYTE, shown: '5 MB', ...TOO_LARGE },
  batchMessages: { what: 'Messages of a batch', max: 1000, shown: '1,000', ...INVALID },
  batchMessageBytes: { what: 'One message of a batch', max: MEGABYTE, shown: '1 MB', ...TOO_LARGE },
  jsonLevels: { what: 'Levels of `data`', max: MAX_LEVELS, shown: '20,000', ...INVALID },
  messageHeaders: { what: 'Extra headers of a message', max: 20, shown: '20', ...INVALID },
  endpointHeaders: { what: 'Headers of an endpoint', max: 20, shown: '20', ...INVALID },
  scheduledDays: { what: 'Days until `deliver_at`', max: 30, shown: '30', ...INVALID },
  statsDays: { what: 'Days of statistics', max: 31, shown: '31', ...INVALID },
  filterBytes: { what: 'A filter', max: 16 * KILOBYTE, shown: '16 KB', ...INVALID },
  filterLevels: { what: 'Levels of a part of a filter', max: 16, shown: '16', ...INVALID },
  channels: { what: 'Channels of an endpoint, or of a message', max: 10, shown: '10', ...INVALID },
  deduplicationFields: {
    what: 'Fields that a deduplication compares, or leaves out',
    max: 20,
    shown: '20',
    ...INVALID,
  },
  rulesOfApp: {
    what: 'Outbound rules of all endpoints of an app, together',
    max: 16 * MEGABYTE,
    shown: '16 MB',
    status: 409,
    code: 'rules_too_large',
  },
  schemaBytes: { what: 'A schema, or a sample payload', max: 64 * KILOBYTE, shown: '64 KB', ...INVALID },
  schemaLevels: { what: 'Levels of a schema, or of a sample payload', max: 100, shown: '100', ...INVALID },
  versions: { what: 'Versions of an event type', max: 50, shown: '50', ...INVALID },
  versionsBytes: { what: 'All versions of an event type', max: 256 * KILOBYTE, shown: '256 KB', ...INVALID },
  transformationBytes: { what: 'Code of a transformation', max: 256 * KILOBYTE, shown: '256 KB', ...INVALID },
  transformations: {
    what: 'Transformations of an app',
    max: 100,
    shown: '100',
    status: 409,
    code: 'too_many_transformations',
  },
  evidenceLinks: { what: 'Evidence links of a message', max: 20, shown: '20', ...TOO_MANY_LINKS },
  evidenceLinksOfAccount: {
    what: 'Evidence links of your account',
    max: 1000,
    shown: '1,000',
    ...TOO_MANY_LINKS,
  },
  importLineBytes: { what: 'A line of an import', max: 8 * MEGABYTE, shown: '8 MB', ...TOO_LARGE },
  bytesUnderWay: {
    what: 'Bytes of yours that arrive at once, or wait for you to read them',
    max: 32 * MEGABYTE,
    shown: '32 MB',
    ...TOO_MANY_BYTES,
  },
  keylessBytesUnderWay: {
    what: 'Bytes without a key that arrive at once from one address',
    max: 16 * MEGABYTE,
    shown: '16 MB',
    ...TOO_MANY_BYTES,
  },
  liveKeys: {
    what: 'API keys that work, besides that of the add-on',
    max: 50,
    shown: '50',
    status: 409,
    code: 'too_many_keys',
  },
  rotationsAnHour: {
    what: 'Rotations of a key by API within an hour',
    max: 30,
    shown: '30',
    ...TOO_MANY_REQUESTS,
  },
  ownEndpoints: {
    what: 'Endpoints that hear of your account',
    max: 10,
    shown: '10',
    status: 409,
    code: 'too_many_endpoints',
  },
  testsAMinute: { what: 'Tests of endpoints a minute', max: 60, shown: '60', ...RATE_LIMITED },
  testsAtOnce: { what: 'Tests of endpoints at once', max: 5, shown: '5', ...TOO_MANY_REQUESTS },
  pagesOfHelper: { what: 'Open pages that watch a Hook Helper', max: 10, shown: '10', ...TOO_MANY_STREAMS },
  pagesOfAccount: {
    what: 'Open pages that watch your Hook Helpers',
    max: 50,
    shown: '50',
    ...TOO_MANY_STREAMS,
  },
  pagesOfLogs: { what: 'Open pages that follow your logs', max: 20, shown: '20', ...TOO_MANY_STREAMS },
  unansweredRequests: {
    what: 'Requests on a connection before their answers',
    max: 64,
    shown: '64',
    status: null,
    code: null,
  },
  waitingBodyBytes: {
    what: 'Bytes of bodies on a connection that wait for the answers before them',
    max: 256 * 1024,
    shown: '256 KB',
    status: null,
    code: null,
  },
  hookHelperBytes: {
    what: 'Body of a request to a Hook Helper',
    max: 1100 * KILOBYTE,
    shown: '1,100 KB',
    ...TOO_LARGE,
  },
  hookHelperRate: {
    what: 'Requests a second to a Hook Helper, averaged over 10 seconds',
    max: 25,
    shown: '25',
    ...RATE_LIMITED,
  },
  answerBytes: { what: 'Body that a Hook Helper answers', max: 16 * KILOBYTE, shown: '16 KB', ...INVALID },
  answerHeaders: { what: 'Headers that a Hook Helper answers', max: 20, shown: '20', ...INVALID },
  delayedAnswersOfHelper: {
    what: 'Delayed answers of a Hook Helper at once',
    max: 10,
    shown: '10',
    ...TOO_MANY_REQUESTS,
  },
  delayedAnswersOfAccount: {
    what: 'Delayed answers of your Hook Helpers at once',
    max: 50,
    shown: '50',
    ...TOO_MANY_REQUESTS,
  },
} as const satisfies Record<string, FixedLimit>;

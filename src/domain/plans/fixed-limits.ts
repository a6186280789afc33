import { MAX_LEVELS } from '#src/infra/lib/json-text.ts';

/** A limit that is the same on every plan. Code takes its number from here, and the documents tell it from here. */
export interface FixedLimit {
  /** As the documents name it. */
  what: string;
  max: number;
  /** How the documents write {@link max}. */
  shown: string;
  /** How the API answers what goes beyond it; null: the connection is closed. */
  status: 409 | 413 | 422 | 429 | null;
  code: string | null;
}

const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;

const INVALID = { status: 422, code: 'invalid' } as const;

export const FIXED_LIMITS = {
  bodyBytes: {
    what: 'Body of a request',
    max: MEGABYTE,
    shown: '1 MB',
    status: 413,
    code: 'too_large',
  },
  batchBytes: {
    what: 'Body of a batch',
    max: 5 * MEGABYTE,
    shown: '5 MB',
    status: 413,
    code: 'too_large',
  },
  batchMessages: {
    what: 'Messages of a batch',
    max: 1000,
    shown: '1,000',
    ...INVALID,
  },
  batchMessageBytes: {
    what: 'One message of a batch',
    max: MEGABYTE,
    shown: '1 MB',
    status: 413,
    code: 'too_large',
  },
  jsonLevels: {
    what: 'Levels of `data`',
    max: MAX_LEVELS,
    shown: '20,000',
    ...INVALID,
  },
  messageHeaders: {
    what: 'Extra headers of a message',
    max: 20,
    shown: '20',
    ...INVALID,
  },
  endpointHeaders: {
    what: 'Headers of an endpoint',
    max: 20,
    shown: '20',
    status: 422,
    code: 'invalid',
  },
  scheduledDays: {
    what: 'Days until `deliver_at`',
    max: 30,
    shown: '30',
    ...INVALID,
  },
  statsDays: {
    what: 'Days of statistics',
    max: 31,
    shown: '31',
    ...INVALID,
  },
  filterBytes: {
    what: 'A filter',
    max: 16 * KILOBYTE,
    shown: '16 KB',
    ...INVALID,
  },
  filterLevels: {
    what: 'Levels of a part of a filter',
    max: 16,
    shown: '16',
    ...INVALID,
  },
  channels: {
    what: 'Channels of an endpoint, or of a message',
    max: 10,
    shown: '10',
    ...INVALID,
  },
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
  schemaBytes: {
    what: 'A schema, or a sample payload',
    max: 64 * KILOBYTE,
    shown: '64 KB',
    ...INVALID,
  },
  schemaLevels: {
    what: 'Levels of a schema, or of a sample payload',
    max: 100,
    shown: '100',
    ...INVALID,
  },
  versions: {
    what: 'Versions of an event type',
    max: 50,
    shown: '50',
    ...INVALID,
  },
  versionsBytes: {
    what: 'All versions of an event type',
    max: 256 * KILOBYTE,
    shown: '256 KB',
    ...INVALID,
  },
  transformationBytes: {
    what: 'Code of a transformation',
    max: 256 * KILOBYTE,
    shown: '256 KB',
    status: 422,
    code: 'invalid',
  },
  transformations: {
    what: 'Transformations of an app',
    max: 100,
    shown: '100',
    status: 409,
    code: 'too_many_transformations',
  },
  evidenceLinks: {
    what: 'Evidence links of a message',
    max: 20,
    shown: '20',
    status: 409,
    code: 'too_many_links',
  },
  evidenceLinksOfAccount: {
    what: 'Evidence links of your account',
    max: 1000,
    shown: '1,000',
    status: 409,
    code: 'too_many_links',
  },
  importLineBytes: {
    what: 'A line of an import',
    max: 8 * MEGABYTE,
    shown: '8 MB',
    status: 413,
    code: 'too_large',
  },
  bytesUnderWay: {
    what: 'Bytes of yours that arrive at once, or wait for you to read them',
    max: 32 * MEGABYTE,
    shown: '32 MB',
    status: 429,
    code: 'too_many_bytes',
  },
  keylessBytesUnderWay: {
    what: 'Bytes without a key that arrive at once from one address',
    max: 16 * MEGABYTE,
    shown: '16 MB',
    status: 429,
    code: 'too_many_bytes',
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
    status: 429,
    code: 'too_many_requests',
  },
  ownEndpoints: {
    what: 'Endpoints that hear of your account',
    max: 10,
    shown: '10',
    status: 409,
    code: 'too_many_endpoints',
  },
  testsAMinute: {
    what: 'Tests of endpoints a minute',
    max: 60,
    shown: '60',
    status: 429,
    code: 'rate_limited',
  },
  testsAtOnce: {
    what: 'Tests of endpoints at once',
    max: 5,
    shown: '5',
    status: 429,
    code: 'too_many_requests',
  },
  pagesOfHelper: {
    what: 'Open pages that watch a Hook Helper',
    max: 10,
    shown: '10',
    status: 429,
    code: 'too_many_streams',
  },
  pagesOfAccount: {
    what: 'Open pages that watch your Hook Helpers',
    max: 50,
    shown: '50',
    status: 429,
    code: 'too_many_streams',
  },
  pagesOfLogs: {
    what: 'Open pages that follow your logs',
    max: 20,
    shown: '20',
    status: 429,
    code: 'too_many_streams',
  },
  unansweredRequests: {
    what: 'Requests on a connection before their answers',
    max: 64,
    shown: '64',
    status: null,
    code: null,
  },
  hookHelperBytes: {
    what: 'Body of a request to a Hook Helper',
    max: 1100 * KILOBYTE,
    shown: '1,100 KB',
    status: 413,
    code: 'too_large',
  },
  hookHelperRate: {
    what: 'Requests a second to a Hook Helper, averaged over 10 seconds',
    max: 25,
    shown: '25',
    status: 429,
    code: 'rate_limited',
  },
  answerBytes: {
    what: 'Body that a Hook Helper answers',
    max: 16 * KILOBYTE,
    shown: '16 KB',
    ...INVALID,
  },
  answerHeaders: {
    what: 'Headers that a Hook Helper answers',
    max: 20,
    shown: '20',
    ...INVALID,
  },
  delayedAnswersOfHelper: {
    what: 'Delayed answers of a Hook Helper at once',
    max: 10,
    shown: '10',
    status: 429,
    code: 'too_many_requests',
  },
  delayedAnswersOfAccount: {
    what: 'Delayed answers of your Hook Helpers at once',
    max: 50,
    shown: '50',
    status: 429,
    code: 'too_many_requests',
  },
} as const satisfies Record<string, FixedLimit>;

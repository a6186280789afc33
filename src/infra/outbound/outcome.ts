/**
 * How a POST ended. The names are stored on attempts and shown by the API, so they stay.
 * `status`: the receiver answered, whatever its status; also when its body was too long, or the framing of the body
 * not valid, because the status had told all. All others are failures, and of those only `redirected`, and sometimes
 * `timeout`, `reset` and `invalid_response`, have a status beside them. `too_large` is of trusted callers alone.
 */
export const OUTCOMES = [
  'status',
  'timeout',
  'refused',
  'reset',
  'dns',
  'tls',
  'blocked_address',
  'too_large',
  'redirected',
  'invalid_response',
  'connection',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface PostTimings {
  /** This and the next two are null when the request used an open connection, or failed before that phase. */
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  /** From the start of the request to the answer's headers; null when none came. */
  firstByteMs: number | null;
}

export interface PostResult {
  outcome: Outcome;
  statusCode: number | null;
  /** As received, in order, names as spelled. */
  headers: [string, string][];
  /** The first 16 KB of the answer as text. */
  bodyExcerpt: string;
  /** A sentence for people; empty when the outcome is `status`. */
  errorMessage: string;
  durationMs: number;
  timings: PostTimings;
  /**
   * Whether the request was sent twice: on a kept connection that ended without a byte of an answer, and at once on a
   * new one, whose answer this is.
   */
  wasRepeated: boolean;
  /** Whether the receiver may have taken the request and could not say so: it was written, and no refusal came. */
  mayBeTaken: boolean;
}

export interface Failure {
  outcome: Exclude<Outcome, 'status'>;
  message: string;
}

/** Maps an error of undici, the TLS library or the system to an outcome and a sentence about `host`. */
export function describeFailure(error: unknown, host: string): Failure {
  if (error instanceof OutboundError) return { outcome: error.outcome, message: error.message };

  const { code, message } = readError(error);
  const [outcome, sentence] = FAILURES[code] ?? byFamily(code, message);
  return { outcome, message: sentence.replace('HOST', host).replace('CODE', code) };
}

/** A failure that our own code detected; its message is a sentence for people. */
export class OutboundError extends Error {
  readonly outcome: Failure['outcome'];

  constructor(outcome: Failure['outcome'], message: string) {
    super(message);
    this.name = 'OutboundError';
    this.outcome = outcome;
  }
}

type Row = readonly [Failure['outcome'], string];

const NOT_HTTP: Row = ['invalid_response', 'HOST answered with something that is not valid HTTP (CODE)'];
const HUNG_UP: Row = ['reset', 'HOST closed the connection before it had answered completely'];

const FAILURES: Partial<Record<string, Row>> = {
  ECONNREFUSED: ['refused', 'HOST refused the connection'],
  ECONNRESET: ['reset', 'HOST reset the connection'],
  EPIPE: HUNG_UP,
  ETIMEDOUT: ['timeout', 'HOST did not accept the connection in time'],
  UND_ERR_CONNECT_TIMEOUT: ['timeout', 'HOST did not accept the connection in time'],
  ENOTFOUND: ['dns', 'HOST does not exist: its name has no address'],
  ENODATA: ['dns', 'HOST does not exist: its name has no address'],
  EAI_AGAIN: ['dns', 'the name HOST could not be looked up, its name servers did not answer'],
  EHOSTUNREACH: ['connection', 'there is no route to HOST'],
  ENETUNREACH: ['connection', 'there is no route to HOST'],
  CERT_HAS_EXPIRED: ['tls', 'the certificate of HOST has expired'],
  CERT_NOT_YET_VALID: ['tls', 'the certificate of HOST is not valid yet'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['tls', 'the certificate of HOST is self-signed'],
  SELF_SIGNED_CERT_IN_CHAIN: ['tls', 'the certificate chain of HOST ends in one that is not trusted'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['tls', 'HOST sends an incomplete certificate chain'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['tls', 'the certificate of HOST comes from an unknown issuer'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['tls', 'the certificate of HOST is for another name'],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['reset', HUNG_UP[1]],
  UND_ERR_INVALID_ARG: [
    'connection',
    'the request to HOST could not be built: its URL or a header is not valid',
  ],
};

/** Families with too many members to list: errors of the HTTP parser, name resolution, OpenSSL and certificates. */
function byFamily(code: string, message: string): Row {
  if (code.startsWith('HPE_') || code === 'HTTPParserError') return NOT_HTTP;
  // undici has one code for all socket errors. Only "other side closed" is not about the content.
  if (code === 'UND_ERR_SOCKET') return message === 'other side closed' ? HUNG_UP : NOT_HTTP;
  if (code.startsWith('EAI_')) return ['dns', 'the name HOST could not be looked up (CODE)'];
  if (/^ERR_(SSL|TLS)_|CERT|^EPROTO$/.test(code)) {
    return ['tls', 'no secure connection to HOST could be made (CODE)'];
  }
  return ['connection', 'the connection to HOST failed (CODE)'];
}

function readError(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'unknown', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { code, message: error.message };
}

import { Agent, request } from 'undici';
import { describeFailure, OutboundError } from './outcome.ts';

export interface TrustedRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface TrustedAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Calls services whose addresses come from our configuration, so no address policy applies. */
export interface TrustedCaller {
  /** Throws OutboundError when there was no complete answer; a status of any kind is one. Follows no redirect. */
  call(request: TrustedRequest): Promise<TrustedAnswer>;
  /** Aborts the requests under way and closes the connections. */
  close(): Promise<void>;
}

interface TrustedCallerOptions {
  /** The one deadline over connect, headers and body. */
  timeoutMs: number;
  /** The longest body of an answer; a longer one is an error, so that no answer fills our memory. */
  maxBytes: number;
}

export function createTrustedCaller({ timeoutMs, maxBytes }: TrustedCallerOptions): TrustedCaller {
  const agent = new Agent({ connections: 10, allowH2: false, maxResponseSize: maxBytes });
  return {
    async call({ method, url, headers = {}, body }) {
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await request(url, {
          method,
          headers,
          signal,
          dispatcher: agent,
          ...(body === undefined ? {} : { body }),
        });
        return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
      } catch (error) {
        throw asOutboundError(error, { host: new URL(url).hostname, isLate: signal.aborted, timeoutMs });
      }
    },
    close: () => agent.destroy(),
  };
}

interface Circumstances {
  host: string;
  isLate: boolean;
  timeoutMs: number;
}

function asOutboundError(error: unknown, { host, isLate, timeoutMs }: Circumstances): OutboundError {
  if (isLate) {
    return new OutboundError('timeout', `${host} did not answer within ${String(timeoutMs / 1000)} s`);
  }
  if (error instanceof Error && 'code' in error && error.code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new OutboundError('too_large', `${host} answered with more than is read of any answer`);
  }
  const { outcome, message } = describeFailure(error, host);
  return new OutboundError(outcome, message);
}

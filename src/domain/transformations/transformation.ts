import type { ConsoleLine } from './runtime/run.ts';

/** Code of an app that changes what is sent to the endpoints that use it. */
export interface Transformation {
  id: string;
  accountId: string;
  appId: string;
  name: string;
  code: string;
  /** Counts the changes of the code, from 1. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface TransformationVersion {
  version: number;
  code: string;
  createdAt: Date;
}

/** The request of a webhook as an execution keeps it; of the body at most {@link EXCERPT_LENGTH} characters. */
export interface KeptRequest {
  headers: Record<string, string>;
  body: string;
}

export const EXCERPT_LENGTH = 16_384;

/** A run for a delivery. When it was made is in its id. */
export interface Execution {
  id: string;
  accountId: string;
  appId: string;
  transformationId: string;
  messageId: string;
  endpointId: string;
  version: number;
  /** `ignored`: the code answered null. */
  outcome: 'sent' | 'ignored' | 'failed';
  request: KeptRequest;
  result: KeptRequest | null;
  console: ConsoleLine[];
  error: string | null;
  durationMs: number;
}

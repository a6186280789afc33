import { goSample } from './api-samples/go.ts';
import { curlSample } from './api-samples/curl.ts';
import { nodeSample } from './api-samples/node.ts';
import { phpSample } from './api-samples/php.ts';
import { pythonSample } from './api-samples/python.ts';
import { rubySample } from './api-samples/ruby.ts';

/** A request as a sample makes it. */
export interface SampleRequest {
  method: string;
  url: string;
  /** Undefined: none is sent. A text is sent as it is when it is no JSON. */
  body: { contentType: string; value: unknown } | undefined;
}

/** The languages of the reference, with their standard libraries only. Each program runs as it is shown. */
export const API_SAMPLES = {
  curl: { name: 'cURL', write: curlSample },
  ruby: { name: 'Ruby', write: rubySample },
  node: { name: 'Node.js', write: nodeSample },
  python: { name: 'Python', write: pythonSample },
  php: { name: 'PHP', write: phpSample },
  go: { name: 'Go', write: goSample },
} satisfies Record<string, { name: string; write: (request: SampleRequest) => string }>;

export type SampleLanguage = keyof typeof API_SAMPLES;

export function isSampleLanguage(name: unknown): name is SampleLanguage {
  return typeof name === 'string' && Object.hasOwn(API_SAMPLES, name);
}

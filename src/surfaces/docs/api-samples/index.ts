import { curlSample } from './curl.ts';
import { goSample } from './go.ts';
import { nodeSample } from './node.ts';
import { phpSample } from './php.ts';
import { pythonSample } from './python.ts';
import { rubySample } from './ruby.ts';
import type { SampleRequest } from './sample-request.ts';

/** The languages of the reference. Each sample uses only the standard library and runs as shown. */
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

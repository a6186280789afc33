import type { Ending } from './endings.ts';

interface Expected {
  /** Some requests end so. */
  gets: Ending[];
  /** Others may end so, by what is busy when they come. */
  mayGet?: Ending[];
}

/** How the requests of each attack end, by its name: an attack that is refused for another reason attacks no more. */
export const EXPECTED: Record<string, Expected> = {
  'unfinished bodies of one key': { gets: ['open'], mayGet: ['closed', 408, 429] },
  'unfinished bodies without a key': { gets: ['open'], mayGet: ['closed', 408, 429] },
  'large posts into a Hook Helper, then its lists': { gets: [200], mayGet: [429, 503] },
  'batches of large messages, then their lists': { gets: [200, 201] },
  'lists of 500,000 members': { gets: [422] },
  'JSON of 100,000 levels': { gets: [422] },
  'JSON of 80,000 unknown members': { gets: [422], mayGet: [429] },
  'an import of long lines': { gets: [200] },
  '110 event types with schemas, in one batch': { gets: [201] },
  'bodies that are gzipped zeros': { gets: [200, 415] },
  'malformed addresses': { gets: [400] },
  'a flood of requests without a key': { gets: [401] },
  'a flood of wrong keys': { gets: [401] },
  'addresses of 15 KB': { gets: [414] },
  'a flood of pages': { gets: [200] },
  'heads that arrive byte by byte': { gets: ['open'] },
  'bodies in chunks of a byte': { gets: [400, 401], mayGet: ['closed', 429] },
  'connections without a request': { gets: ['open'] },
  'requests of 2,000 headers': { gets: [431] },
  'pipelined requests': { gets: [200] },
  'answers that nobody reads': { gets: ['open'] },
  'pages far behind, and searches': { gets: [200] },
  'wrong sign-in tokens': { gets: [403, 404] },
  'a flood of sign-ins': { gets: [401], mayGet: [429] },
  'a storm of replays': { gets: [201, 202], mayGet: [409] },
  'patterns that backtrack': { gets: [201, 422] },
  'receivers that drip': { gets: [201] },
  'large messages for endpoints that hang': { gets: [201] },
  'imports at once': { gets: [200], mayGet: [429] },
};

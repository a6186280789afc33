import { z } from 'zod';

/** What the `User-Agent` of webhooks says in place of our name and version (RFC 9110, section 10.1.5). */
export const userAgent = z
  .string()
  .max(200)
  .regex(/^[\x21-\x7e]+( [\x21-\x7e]+)*$/, 'must be printable ASCII, without a space at either end')
  .meta({
    description: 'The `User-Agent` of webhooks; null: the prefix of our headers, and our version.',
    examples: ['Acme-Webhooks/2.0 (+https://acme.example/webhooks)'],
  });

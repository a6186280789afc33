import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { OpenApi } from '#src/infra/lib/openapi.ts';
import { operation } from '#src/surfaces/api/operation.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';

const KEPT = 'public, max-age=300';

/** The OpenAPI document. It is public, because it holds no secret. */
export function descriptionRoutes(routes: RouteTable, describe: () => OpenApi): void {
  let written: { bytes: Buffer; etag: string } | undefined;
  const write = () => {
    // The bytes once for all answers, because a text would be encoded, and held, anew for each.
    const bytes = Buffer.from(JSON.stringify(describe()));
    const hash = createHash('sha256').update(bytes).digest('base64url');
    return { bytes, etag: `"${hash}"` };
  };

  routes.at('/openapi.json', {
    get: operation({
      id: 'getDescription',
      right: null,
      summary: 'Get this description',
      answers: {
        200: {
          shape: z.looseObject({ openapi: z.string().meta({ examples: ['3.1.1'] }) }),
          description: 'OpenAPI 3.1.',
          headers: { ETag: 'Changes with the description.', 'Cache-Control': '`public`' },
        },
        304: {
          description: 'It is the one that `If-None-Match` names.',
          headers: { ETag: 'As asked for.', 'Cache-Control': '`public`' },
        },
      },
      handle: async (call) => {
        const { bytes, etag } = (written ??= write());
        const headers = { etag, 'cache-control': KEPT };
        const known = call.header('if-none-match')?.split(/\s*,\s*/) ?? [];
        const isKnown = known.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);
        return isKnown ? { status: 304, headers } : { status: 200, bytes, headers };
      },
    }),
  });
}

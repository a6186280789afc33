import type { IncomingMessage } from 'node:http';
import type { RequestHandler, Response } from 'express';
import type { ApiKeys, Caller } from '#src/domain/api-keys/api-keys.ts';
import type { ArrivalBudget } from '#src/surfaces/http/arrival-budget.ts';
import type { Container } from '#src/container.ts';
import { actingAs } from '#src/domain/audit/actor.ts';
import { Unauthenticated } from '#src/infra/lib/errors.ts';
import { currentBeneficiary, onBehalfOf } from '#src/infra/lib/on-behalf.ts';
import { noteOwner, recordIfSampled, recordRefusal } from './request-notes.ts';

/** Requires a valid API key, before anything else of the request is read. Throws Unauthenticated (401). */
export function authenticate(
  container: Pick<Container, 'apiKeys' | 'clock' | 'keyUses' | 'requestRecorder'>,
  arrivals: Pick<ArrivalBudget, 'chargeTo'>,
): RequestHandler {
  const { apiKeys, keyUses } = container;
  return async (req, res, next) => {
    // Browsers send preflights without Authorization (Fetch standard).
    if (req.method === 'OPTIONS') {
      next();
      return;
    }
    const key = bearerToken(req.headers.authorization);
    if (key === undefined) {
      throw new Unauthenticated('Send your API key in the header "Authorization: Bearer <key>".');
    }
    const caller = await apiKeys.authenticate(key, currentBeneficiary());
    noteOwner(res, caller ?? apiKeys.formerOwner(key));
    if (caller === null) throw new Unauthenticated('This API key is unknown, expired or revoked.');
    recordIfSampled(container, { req, res }, caller);
    keyUses.note(caller.apiKeyId);
    arrivals.chargeTo(req, caller.accountId, (refusal) => {
      recordRefusal(container, { req, res }, refusal);
    });
    res.locals['caller'] = caller;
    const actor = { type: 'api_key', id: caller.apiKeyId, email: null } as const;
    actingAs(actor, () => {
      onBehalfOf(caller.accountId, next);
    });
  };
}

/** The account of the request's key when that was valid the last time; undefined also where no key is expected. */
export function accountOfKey(
  apiKeys: Pick<ApiKeys, 'accountOf'>,
  { headers }: Pick<IncomingMessage, 'headers'>,
): string | undefined {
  const key = bearerToken(headers.authorization);
  return key === undefined ? undefined : apiKeys.accountOf(key);
}

/** The owner of the API key. Throws when the route is not behind {@link authenticate}. */
export function callerOf(res: Response): Caller {
  const caller = res.locals['caller'] as Caller | undefined;
  if (caller === undefined) throw new Error('a route of the API is not behind authentication');
  return caller;
}

function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}

import type { Request } from 'express';
import type { Container } from '#src/container.ts';
import { listVisits } from '#src/domain/visits/visits.ts';
import { consumeAnyReturnPath } from '#src/surfaces/html/return-path.ts';
import { signInPerson } from '#src/surfaces/html/session.ts';
import { tenantPath } from '#src/surfaces/html/tenant-path.ts';

/** Where somebody lands who has several accounts, or none. */
export const HOME_OF_PERSON = '/you';

/**
 * Signs the person in; answers the page to go to: the one that was asked for before, the only account, or the list of
 * all.
 */
export async function signInAndChoosePage(
  container: Pick<Container, 'pool' | 'clock'>,
  req: Request,
  personId: string,
): Promise<string> {
  await signInPerson(container, req, personId);
  const asked = consumeAnyReturnPath(req);
  if (asked !== null) return asked;
  const visits = await listVisits(container, req.sessionID);
  const [only] = visits;
  return visits.length === 1 && only !== undefined ? tenantPath('/dashboard', only.tenantId) : HOME_OF_PERSON;
}

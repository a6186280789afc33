import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { newPassword, typedPassword } from '#src/domain/people/passwords.ts';
import {
  endSessionOfPerson,
  endSessionsOfPerson,
  listSessionsOfPerson,
  type SignedInPerson,
} from '#src/domain/visits/session-people.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { browserName } from '#src/surfaces/html/browser-name.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { noFields, takesFields } from '#src/surfaces/html/form-fields.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { personOf, personOrSignIn } from './person-of.ts';

export type SecurityParts = Pick<Container, 'clock' | 'passwordsOfPeople' | 'pool' | 'signInRates'>;

const PAGE = '/you/security';

const passwordForm = z.strictObject({ current: typedPassword, password: newPassword });

/** The password of a person, and the browsers in which they are signed in. */
export function securityPages(container: SecurityParts): Router {
  const { passwordsOfPeople, pool, signInRates } = container;
  const router = Router();

  router.get(PAGE, async (req, res) => {
    const person = personOrSignIn(req, res);
    if (person !== null) await renderSecurity(container, { req, res, person });
  });

  router.post(`${PAGE}/password`, takesFields(passwordForm), async (req, res) => {
    const person = personOf(req);
    const result = await submit(passwordForm, req.body, async ({ current, password }) => {
      await signInRates.take({ network: req.ip ?? '', email: person.email, of: 'password' });
      const change = { current, password, sid: req.sessionID };
      if (!(await passwordsOfPeople.change(person.id, change))) {
        throw new InvalidInput('The present password is not right.');
      }
    });
    if ('form' in result) await renderSecurity(container, { req, res, person, ...result });
    else res.redirect(303, '/password/changed');
  });

  router.post(`${PAGE}/sessions/end`, takesFields(noFields), async (req, res) => {
    await endSessionsOfPerson(pool, personOf(req).id, { exceptSid: req.sessionID });
    res.redirect(303, PAGE);
  });

  router.post<{ mark: string }>(`${PAGE}/sessions/:mark/end`, takesFields(noFields), async (req, res) => {
    await endSessionOfPerson(pool, personOf(req).id, req.params.mark);
    res.redirect(303, PAGE);
  });

  return router;
}

interface Shown {
  req: Request;
  res: Response;
  person: SignedInPerson;
  form?: Form;
  status?: number;
}

async function renderSecurity(
  container: SecurityParts,
  { req, res, person, form = blankForm(), status = 200 }: Shown,
): Promise<void> {
  const sessions = await listSessionsOfPerson(container, person.id, req.sessionID);
  const model = {
    email: person.email,
    form,
    sessions: sessions.map(({ browser, ...session }) => ({ ...session, name: browserName(browser) })),
  };
  const title = 'Password and sessions';
  await renderPage(res, { view: 'people/security', title, layout: 'public', model, status });
}

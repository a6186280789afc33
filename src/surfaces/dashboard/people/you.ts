import { Router } from 'express';
import type { Container } from '#src/container.ts';
import { renewPerson } from '#src/domain/visits/session-people.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { rememberReturnPath } from '#src/surfaces/html/return-path.ts';

/** What belongs to a person of ours: the accounts. */
export function youPages(container: Pick<Container, 'clock' | 'pool'>): Router {
  const router = Router();

  router.get('/you', async (req, res) => {
    const { person, visits } = req;
    if (person === null) {
      rememberReturnPath(req, res);
      res.redirect('/sign_in');
      return;
    }
    await renewPerson(container, req.sessionID, person);
    const accounts = visits
      .filter(({ personId }) => personId === person.id)
      .map(({ account, role, tenantId }) => ({ ...account, role, tenantId }));
    await renderPage(res, {
      view: 'people/you',
      title: 'Your accounts',
      layout: 'public',
      model: { email: person.email, accounts },
    });
  });

  return router;
}

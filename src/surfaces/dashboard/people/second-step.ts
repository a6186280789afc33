import { type Request, type Response, Router } from 'express';
import { renderSVG } from 'uqr';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { typedPassword } from '#src/domain/people/passwords.ts';
import type { Person } from '#src/domain/people/person.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { base32, otpauthUrl } from '#src/infra/lib/totp.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { takesFields } from '#src/surfaces/html/form-fields.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { personOf } from './person-of.ts';

export type SecondStepParts = Pick<Container, 'passwordsOfPeople' | 'secondStep' | 'signInRates'>;

const PAGE = '/you/security/second_step';
const MAX_SEALED_CHARACTERS = 400;

/** Both ask for the password, because a browser that was left open could lock its person out. */
const turnOffForm = z.strictObject({ password: typedPassword });
const turnOnForm = turnOffForm.extend({
  sealed: z.string().max(MAX_SEALED_CHARACTERS),
  code: z.string('Type the code of the app.').trim().min(1, 'Type the code of the app.').max(20),
});
/** What the form carries through a refusal of its other field. */
const carried = z.object({ sealed: z.string() }).catch({ sealed: '' });

/** Turning the second step of signing in on, and off. */
export function secondStepPages(container: SecondStepParts): Router {
  const { secondStep, signInRates } = container;
  const router = Router();

  router.get(PAGE, async (req, res) => {
    const person = personOf(req);
    if (await secondStep.isOn(person.id)) await renderTurnOff(res, {});
    else await renderTurnOn(res, person, secondStep.draft(person.id));
  });

  router.post(PAGE, takesFields(turnOnForm), async (req, res) => {
    const person = personOf(req);
    const { sealed } = carried.parse(req.body);
    const secret = secondStep.openDraft(person.id, sealed);
    const result = await submit(turnOnForm, req.body, async ({ code, password }) => {
      await requirePassword(container, req, password);
      await signInRates.take({ network: req.ip ?? '', personId: person.id });
      const codes = secret === null ? null : await secondStep.turnOn(person.id, { secret, code });
      if (codes === null) {
        const details = [{ path: 'code', message: '' }];
        throw new InvalidInput('This is not the code that the app shows now.', { details });
      }
      return codes;
    });
    if ('saved' in result) await renderCodes(res, result.saved);
    else if (secret === null) res.redirect(303, PAGE);
    else await renderTurnOn(res, person, { secret, sealed }, result);
  });

  router.post(`${PAGE}/off`, takesFields(turnOffForm), async (req, res) => {
    const person = personOf(req);
    const result = await submit(turnOffForm, req.body, async ({ password }) => {
      await requirePassword(container, req, password);
      await secondStep.turnOff(person.id);
    });
    if ('form' in result) await renderTurnOff(res, result);
    else res.redirect(303, '/you/security');
  });

  return router;
}

/** Throws InvalidInput for a wrong one, and TooManyRequests. */
async function requirePassword(
  { passwordsOfPeople, signInRates }: SecondStepParts,
  req: Request,
  password: string,
): Promise<void> {
  const { email } = personOf(req);
  await signInRates.take({ network: req.ip ?? '', email, of: 'password' });
  const isRight = (await passwordsOfPeople.check(email, password)) !== null;
  if (!isRight) throw new InvalidInput('The password is not right.');
}

interface Answered {
  form?: Form;
  status?: number;
}

function renderTurnOn(
  res: Response,
  { email }: Person,
  { secret, sealed }: { secret: Buffer; sealed: string },
  { form = blankForm(), status = 200 }: Answered = {},
) {
  const url = otpauthUrl(secret, { issuer: 'HostedHooks', account: email });
  const model = { form, sealed, secret: base32(secret), qrCode: renderSVG(url, { border: 2 }) };
  const title = 'Two-step sign-in';
  return renderPage(res, { view: 'people/second-step-on', title, layout: 'public', model, status });
}

function renderCodes(res: Response, codes: string[]) {
  const model = { codes };
  return renderPage(res, { view: 'people/recovery-codes', title: 'Recovery codes', layout: 'public', model });
}

function renderTurnOff(res: Response, { form = blankForm(), status = 200 }: Answered) {
  const title = 'Two-step sign-in';
  return renderPage(res, {
    view: 'people/second-step-off',
    title,
    layout: 'public',
    model: { form },
    status,
  });
}

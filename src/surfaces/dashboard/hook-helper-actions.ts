import type { Request, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { submit } from '#src/surfaces/html/form.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { answerForm, enteredAnswer } from './helper-answer-form.ts';
import { naming } from './helper-name-form.ts';
import { renderHelper } from './hook-helper-page.ts';

const deletion = z.strictObject({ confirmation: z.string() });

const deletionOf = ({ label }: HookHelper) =>
  deletion.refine(({ confirmation }) => confirmation.trim() === label.trim(), {
    path: ['confirmation'],
    error: 'This is not the Hook Helper’s name.',
  });

/** What is done with a Hook Helper on its page: its answer, its name, its arrivals, its end. */
export function hookHelperActions(container: Pick<Container, 'config' | 'hookHelpers' | 'pool'>): Router {
  const pages = new PageRoutes();
  const { hookHelpers } = container;
  const find = (req: Request<{ helper: string }>) =>
    hookHelpers.get(currentVisit(req).accountId, req.params.helper);

  pages.post({ right: 'edit', form: naming }, '/hook_helpers/:helper', async (req, res) => {
    const helper = await find(req);
    const result = await submit(naming, req.body, (input) => hookHelpers.update(helper, input));
    if ('form' in result) {
      const { form: name, status } = result;
      await renderHelper(container, { res, helper, refused: { name, status } });
    } else redirectWith(res, `/hook_helpers/${helper.id}`, 'helper_saved');
  });

  pages.post({ right: 'edit', form: answerForm }, '/hook_helpers/:helper/answer', async (req, res) => {
    const helper = await find(req);
    const result = await submit(enteredAnswer, req.body, (answer) => hookHelpers.update(helper, { answer }));
    if ('form' in result) {
      const { form: answer, status } = result;
      await renderHelper(container, { res, helper, refused: { answer, status } });
    } else redirectWith(res, `/hook_helpers/${helper.id}`, 'answer_saved');
  });

  // The button is one of the form of the answer, so its fields come along.
  pages.post({ right: 'edit', form: answerForm }, '/hook_helpers/:helper/answer/reset', async (req, res) => {
    const helper = await find(req);
    await hookHelpers.update(helper, { answer: null });
    redirectWith(res, `/hook_helpers/${helper.id}`, 'answer_saved');
  });

  pages.post({ right: 'edit', form: noFields }, '/hook_helpers/:helper/clear', async (req, res) => {
    const helper = await find(req);
    await hookHelpers.clear(helper);
    redirectWith(res, `/hook_helpers/${helper.id}`, 'arrivals_deleted');
  });

  pages.post({ right: 'delete', form: deletion }, '/hook_helpers/:helper/delete', async (req, res) => {
    const helper = await find(req);
    const result = await submit(deletionOf(helper), req.body, () => hookHelpers.delete(helper));
    if ('form' in result) {
      const { form, status } = result;
      await renderHelper(container, { res, helper, refused: { deletion: form, status } });
    } else redirectWith(res, '/hook_helpers', 'helper_deleted');
  });

  return pages.router;
}

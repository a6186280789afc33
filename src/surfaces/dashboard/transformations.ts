import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { dryRun, triedMessage, type TriedRequest } from '#src/domain/transformations/dry-run.ts';
import { transformationCode } from '#src/domain/transformations/transformation-schema.ts';
import type { Transformation } from '#src/domain/transformations/transformation.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import { firstPage } from '#src/infra/lib/paging.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { asSentences, asTyped, blankForm, type Form, line, submit } from '#src/surfaces/html/form.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { appHead } from './apps.ts';
import { messageRow } from './message-presenter.ts';
import { pagesOfVersions } from './transformation-versions.ts';
import { executionRows, executionView, runView, transformationRow } from './transformation-presenter.ts';

const LATEST_MESSAGES = 25;
const LATEST_EXECUTIONS = 20;
const LIST = '/apps/:app/transformations';
const NO_ID = '00000000-0000-0000-0000-000000000000';
const START = 'addHandler("transform", (request, context) => {\n  return request;\n});';

const fields = z.strictObject({
  name: line('Give the transformation a name.', 255),
  code: asTyped().pipe(asSentences('The code', transformationCode)),
});
/** What a form has beside what is saved: the message that the code is tried on, or JSON that was typed in. */
const tryFields = { message_id: z.string().optional(), body: z.string().optional() };
const formFields = z.strictObject({ ...fields.shape, ...tryFields });
const tried = z.strictObject({
  name: z.string().optional(),
  code: fields.shape.code,
  message_id: z.string().default(''),
  body: asTyped()
    .default('')
    .refine((text) => text === '' || isJsonText(text), 'This is not JSON.'),
});

type Parts = Pick<Container, 'apps' | 'codeRunner' | 'executions' | 'messages' | 'transformations'>;

interface Shown {
  form: Form;
  status?: number;
  run?: ReturnType<typeof runView>;
}

/** The transformations of an app: tried, saved, watched and deleted. */
export function transformationPages(container: Parts): Router {
  const pages = new PageRoutes();
  pagesOfList(pages, container);
  pagesOfOne(pages, container);
  pagesOfVersions(pages, container);
  return pages.router;
}

function pagesOfList(pages: PageRoutes, container: Parts): void {
  const { apps, transformations } = container;
  const read = async (req: Request<{ app: string }>) => apps.get(currentVisit(req).accountId, req.params.app);

  pages.get('see', LIST, async (req, res) => {
    const app = await read(req);
    const rows = await transformations.summaries(app);
    const model = { app: appHead(app), notice: noticeOf(req), rows: rows.map(transformationRow) };
    await renderPage(res, { view: 'transformations/index', title: 'Transformations', model });
  });

  pages.get('edit', `${LIST}/new`, async (req, res) => {
    const app = await read(req);
    await renderForm(container, { req, res, app }, { form: blankForm({ code: START }) });
  });

  pages.post({ right: 'edit', form: formFields }, `${LIST}/new/try`, async (req, res) => {
    await answerTry(container, { req, res, app: await read(req) });
  });

  pages.post({ right: 'edit', form: formFields }, LIST, async (req, res) => {
    const app = await read(req);
    const result = await submit(formFields, req.body, (input) => transformations.create(app, input));
    if ('form' in result) await renderForm(container, { req, res, app }, result);
    else redirectWith(res, `/apps/${app.id}/transformations/${result.saved.id}`, 'transformation_saved');
  });
}

function pagesOfOne(pages: PageRoutes, container: Parts): void {
  const { apps, transformations } = container;
  const readOne = async (req: Request<{ app: string; transformation: string }>) => {
    const app = await apps.get(currentVisit(req).accountId, req.params.app);
    return { app, one: await transformations.get(app, req.params.transformation) };
  };

  pages.get('see', `${LIST}/:transformation`, async (req, res) => {
    const { app, one } = await readOne(req);
    const values = { name: one.name, code: one.code };
    await renderForm(container, { req, res, app, one }, { form: blankForm(values) });
  });

  pages.post({ right: 'edit', form: formFields }, `${LIST}/:transformation`, async (req, res) => {
    const { app, one } = await readOne(req);
    const save = ({ name, code }: z.output<typeof formFields>) => transformations.update(one, { name, code });
    const result = await submit(formFields, req.body, save);
    if ('form' in result) await renderForm(container, { req, res, app, one }, result);
    else redirectWith(res, `/apps/${app.id}/transformations/${one.id}`, 'transformation_saved');
  });

  pages.post({ right: 'edit', form: formFields }, `${LIST}/:transformation/try`, async (req, res) => {
    const { app, one } = await readOne(req);
    await answerTry(container, { req, res, app, one });
  });

  pages.post({ right: 'delete', form: noFields }, `${LIST}/:transformation/delete`, async (req, res) => {
    const { app, one } = await readOne(req);
    const result = await submit(noFields, req.body, () => transformations.delete(one));
    if ('saved' in result)
      return redirectWith(res, `/apps/${app.id}/transformations`, 'transformation_deleted');
    const form = { ...result.form, values: { name: one.name, code: one.code } };
    await renderForm(container, { req, res, app, one }, { form, status: result.status });
  });
}

interface Page {
  req: Request;
  res: Response;
  app: App;
  /** Undefined: a new one. */
  one?: Transformation;
}

async function answerTry(container: Parts, page: Page): Promise<void> {
  const { codeRunner, messages } = container;
  const { app, req } = page;
  const result = await submit(tried, req.body, async ({ code, message_id: id, body: text }) => {
    const request = text === '' ? triedMessage(await messages.get(app, id)) : typed(text);
    return runView(await dryRun(codeRunner, { app, code, request }), request);
  });
  if ('form' in result) return renderForm(container, page, result);
  return renderForm(container, page, { form: blankForm(req.body as Form['values']), run: result.saved });
}

async function renderForm(
  { executions, messages, transformations }: Parts,
  { req, res, app, one }: Page,
  { form, status = 200, run }: Shown,
): Promise<void> {
  const { rows } = await messages.page(app, {}, firstPage(LATEST_MESSAGES));
  const users = one === undefined ? [] : await transformations.users(one);
  const versions = one === undefined ? [] : await transformations.versions(one);
  const latest = one === undefined ? [] : await executions.list(one, firstPage(LATEST_EXECUTIONS));
  const asked = one === undefined ? undefined : await askedExecution(executions, one, req.query['execution']);
  const { href } = appHead(app);
  const model = {
    app: appHead(app),
    notice: noticeOf(req),
    form,
    run,
    one: one === undefined ? null : { name: one.name, version: one.version },
    href: `${href}/transformations${one === undefined ? '' : `/${one.id}`}`,
    messages: rows.map(messageRow),
    users: users.map(({ id, url }) => ({ url, href: `${href}/endpoints/${id}` })),
    versions: versions.map(({ version, createdAt }) => ({ version, createdAt })),
    asked: asked && executionView(asked),
    executions: executionRows(latest.filter(({ id }) => id !== asked?.id)),
  };
  const title = one === undefined ? 'New transformation' : one.name;
  await renderPage(res, { view: 'transformations/form', title, status, model });
}

/** The execution that the address names, while it is kept. */
async function askedExecution(executions: Parts['executions'], one: Transformation, id: unknown) {
  if (typeof id !== 'string' || !isUuid(id)) return undefined;
  const found = (await executions.byIds(one.accountId, [id])).get(id);
  return found?.transformationId === one.id ? found : undefined;
}

const typed = (body: string): TriedRequest => ({
  ...{ id: NO_ID, eventType: 'test', version: '1.0', eventId: null },
  content: { headers: null, contentType: null, body },
});

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

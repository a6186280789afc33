import { type Request, type Response, type Router } from 'express';
import type { Container } from '#src/container.ts';
import { endpointsPostingTo } from '#src/domain/endpoints/helper-endpoints.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { ArrivalStreams } from './arrival-streams.ts';
import { wholeArrival } from './arrival-presenter.ts';
import { blankForm, type Form, submit } from '#src/surfaces/html/form.ts';
import { naming } from './helper-name-form.ts';
import { helperHead, renderHelper } from './hook-helper-page.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { currentVisit, isStillSignedIn } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { postingView, postsOf } from './posting-endpoints.ts';

const PAGE_SIZE = 25;

type Parts = Pick<Container, 'clock' | 'config' | 'hookHelpers' | 'notifications' | 'pool'>;

export function hookHelperPages(container: Parts): Router {
  const pages = new PageRoutes();
  const { config, hookHelpers, pool } = container;
  const streams = new ArrivalStreams(container.notifications);
  const find = (req: Request<{ helper: string }>) =>
    hookHelpers.get(currentVisit(req).accountId, req.params.helper);

  pages.get('see', '/hook_helpers', (req, res) => renderList(container, res, { form: blankForm() }));

  pages.post({ right: 'edit', form: naming }, '/hook_helpers', async (req, res) => {
    const { accountId } = currentVisit(req);
    const result = await submit(naming, req.body, (input) => hookHelpers.create(accountId, input));
    if ('form' in result) await renderList(container, res, result);
    else redirectWith(res, `/hook_helpers/${result.saved.id}`, 'helper_created');
  });

  pages.get('see', '/hook_helpers/:helper', async (req, res) => {
    await renderHelper(container, { res, helper: await find(req) });
  });

  pages.get('see', '/hook_helpers/:helper/requests/:request', async (req, res) => {
    const helper = await find(req);
    const [request, posting] = await Promise.all([
      hookHelpers.request(helper, req.params.request),
      endpointsPostingTo(pool, helper.accountId, [helper.token]),
    ]);
    const shown = helperHead(helper, config.http.baseUrl);
    const arrival = wholeArrival(request, { ...shown, endpoints: posting.map(postingView) });
    await renderPage(res, {
      view: 'hook-helpers/arrival',
      title: 'Arrival',
      model: { helper: shown, arrival },
    });
  });

  pages.get('see', '/hook_helpers/:helper/requests/:request/body', async (req, res) => {
    const { body } = await hookHelpers.request(await find(req), req.params.request);
    res.set({
      'content-disposition': 'attachment; filename="body"',
      'content-type': 'application/octet-stream',
    });
    res.end(body);
  });

  pages.get('see', '/hook_helpers/:helper/stream', async (req, res) => {
    const { accountId, id: helperId } = await find(req);
    const isSignedIn = () => isStillSignedIn(container, req);
    streams.open({ helperId, accountId, isSignedIn }, res);
  });

  return pages.router;
}

async function renderList(
  { config, hookHelpers, pool }: Parts,
  res: Response,
  { form, status = 200 }: { form: Form; status?: number },
): Promise<void> {
  const { accountId } = currentVisit(res.req);
  const page = await readPage(res.req, PAGE_SIZE, (paging) => hookHelpers.list(accountId, paging));
  const tokens = page.rows.map(({ token }) => token);
  const posting = await endpointsPostingTo(pool, accountId, tokens);
  const rows = page.rows.map((helper) => ({
    ...helperHead(helper, config.http.baseUrl),
    posting: postsOf(helper, posting),
  }));
  const model = { page: { ...page, rows }, form, notice: noticeOf(res.req) };
  await renderPage(res, { view: 'hook-helpers/index', title: 'Hook Helpers', model, status });
}

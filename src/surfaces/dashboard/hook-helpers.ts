import { type Response, type Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import type { ReceivedRequest } from '#src/domain/hook-helpers/received-requests.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { ArrivalStreams } from './arrival-streams.ts';
import { blankForm, type Form, line, submit } from '#src/surfaces/html/form.ts';
import { noticeOf, redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { type Payload, payloadOf } from '#src/surfaces/html/payload-view.ts';
import { currentVisit, isStillSignedIn } from '#src/surfaces/dashboard/frame/session.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';

const PAGE_SIZE = 25;
const SHOWN_ARRIVALS = 15;
/** Characters of all bodies on the page. Further arrivals show only their headers, to bound the size of the page. */
const SHOWN_CHARACTERS = 24_000;

const newHelper = z.strictObject({ label: line('Give the Hook Helper a name.') });

export function hookHelperPages(
  container: Pick<Container, 'clock' | 'config' | 'hookHelpers' | 'notifications' | 'pool'>,
): Router {
  const pages = new PageRoutes();
  const { hookHelpers } = container;
  const streams = new ArrivalStreams(container.notifications);
  const address = ({ token }: HookHelper) => `${container.config.http.baseUrl}/r/${token}`;
  const head = (helper: HookHelper) => ({
    label: helper.label,
    href: `/hook_helpers/${helper.id}`,
    address: address(helper),
    createdAt: helper.createdAt,
  });

  const renderList = async (
    accountId: string,
    res: Response,
    { form, status = 200 }: { form: Form; status?: number },
  ) => {
    const page = await readPage(res.req, PAGE_SIZE, (paging) => hookHelpers.list(accountId, paging));
    const model = { page: { ...page, rows: page.rows.map(head) }, form };
    await renderPage(res, { view: 'hook-helpers/index', title: 'Hook Helpers', model, status });
  };

  pages.get('see', '/hook_helpers', (req, res) =>
    renderList(currentVisit(req).accountId, res, { form: blankForm() }),
  );

  pages.post({ right: 'edit', form: newHelper }, '/hook_helpers', async (req, res) => {
    const { accountId } = currentVisit(req);
    const result = await submit(newHelper, req.body, (input) => hookHelpers.create(accountId, input));
    if ('form' in result) await renderList(accountId, res, result);
    else redirectWith(res, `/hook_helpers/${result.saved.id}`, 'helper_created');
  });

  pages.get('see', '/hook_helpers/:helper', async (req, res) => {
    const helper = await hookHelpers.get(currentVisit(req).accountId, req.params.helper);
    const requests = await hookHelpers.requests(helper, { limit: SHOWN_ARRIVALS });
    const model = { helper: head(helper), arrivals: arrivalViews(requests), notice: noticeOf(req) };
    await renderPage(res, { view: 'hook-helpers/show', title: helper.label, model });
  });

  pages.get('see', '/hook_helpers/:helper/stream', async (req, res) => {
    const helper = await hookHelpers.get(currentVisit(req).accountId, req.params.helper);
    const { accountId, id: helperId } = helper;
    const isSignedIn = () => isStillSignedIn(container, req);
    streams.open({ helperId, accountId, isSignedIn }, res);
  });

  return pages.router;
}

/** Arrivals with their bodies, up to SHOWN_CHARACTERS in total. */
function arrivalViews(requests: ReceivedRequest[]) {
  let left = SHOWN_CHARACTERS;
  return requests.map((request) => {
    const payload = bodyView(request.body, left);
    left -= payload?.text.length ?? 0;
    const { id, method, path, headers, receivedAt } = request;
    return { id, method, path, headers, receivedAt, bytes: request.body.length, payload };
  });
}

/** The first `maxCharacters` of a body; null when that is none. */
function bodyView(body: Buffer, maxCharacters: number): Payload | null {
  if (maxCharacters <= 0) return null;
  const payload = payloadOf(body.toString('utf8'));
  const text = payload.text.slice(0, maxCharacters);
  return { ...payload, text, isCut: text.length < payload.characters };
}

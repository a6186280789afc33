import type { Response } from 'express';
import type { Container } from '#src/container.ts';
import { endpointsPostingTo } from '#src/domain/endpoints/helper-endpoints.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import { blankForm, type Form } from '#src/surfaces/html/form.ts';
import { readPage } from '#src/surfaces/html/pager.ts';
import { renderPage } from '#src/surfaces/html/render.ts';
import { noticeOf } from '#src/surfaces/dashboard/frame/notices.ts';
import { arrivalViews } from './arrival-presenter.ts';
import { answerInWords, answerValues } from './helper-answer-form.ts';
import { postingView } from './posting-endpoints.ts';

const SHOWN_ARRIVALS = 10;

/** The forms of a Hook Helper's page that were refused. */
interface Refused {
  answer?: Form;
  name?: Form;
  deletion?: Form;
  status?: number;
}

export async function renderHelper(
  { config, hookHelpers, pool }: Pick<Container, 'config' | 'hookHelpers' | 'pool'>,
  { res, helper, refused = {} }: { res: Response; helper: HookHelper; refused?: Refused },
): Promise<void> {
  const [page, posting] = await Promise.all([
    readPage(res.req, SHOWN_ARRIVALS, (paging) => hookHelpers.requests(helper, paging)),
    endpointsPostingTo(pool, helper.accountId, [helper.token]),
  ]);
  const shown = helperHead(helper, config.http.baseUrl);
  const endpoints = posting.map(postingView);
  const model = {
    helper: shown,
    endpoints,
    page,
    arrivals: arrivalViews(page.rows, { ...shown, endpoints }),
    isNewest: page.newer === undefined,
    answer: refused.answer ?? answerValues(helper),
    naming: refused.name ?? blankForm({ label: helper.label }),
    deletion: refused.deletion ?? blankForm(),
    notice: noticeOf(res.req),
  };
  const { status = 200 } = refused;
  await renderPage(res, { view: 'hook-helpers/show', title: helper.label, model, status });
}

/** What the pages of a Hook Helper, and those that name it, show of it. */
export function helperHead(helper: HookHelper, origin: string) {
  return {
    label: helper.label,
    href: `/hook_helpers/${helper.id}`,
    address: `${origin}/r/${helper.token}`,
    answer: answerInWords(helper),
    createdAt: helper.createdAt,
  };
}

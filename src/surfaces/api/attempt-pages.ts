import type { App } from '#src/domain/apps/app.ts';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { Container } from '#src/container.ts';
import { MAX_PAGE_BYTES } from '#src/infra/lib/paging.ts';
import { messageSentBy } from '#src/domain/transformations/as-sent.ts';
import type { Answer } from './answer.ts';
import { cutPage, type Page, pageOfTexts } from './page.ts';
import { presentAttempt } from '#src/surfaces/api/presenters/attempt.ts';
import { requestHeadersOf } from './rebuild-request-headers.ts';

type Parts = Pick<Container, 'config' | 'directory' | 'executions' | 'messages'>;

/** Presents attempts with the payload that was sent. The payloads are stored with the messages: one query a page. */
export function createAttemptPages(container: Parts) {
  /** Answers a presenter of these attempts. */
  async function presenterOf(app: App, attempts: Attempt[]): Promise<(attempt: Attempt) => Promise<string>> {
    const messageIds = new Set(attempts.map(({ messageId }) => messageId));
    const messages = await container.messages.byIds(app, [...messageIds]);
    const executionIds = attempts.flatMap(({ executionId }) => (executionId === null ? [] : [executionId]));
    const executions = await container.executions.byIds(app.accountId, executionIds);
    return async (attempt) => {
      const message = messages.get(attempt.messageId);
      const sent = messageSentBy(attempt, message, executions);
      const requestHeaders = await requestHeadersOf(container, attempt, sent);
      return presentAttempt(attempt, { message, sent, requestHeaders });
    };
  }

  /** The part of a page whose payloads fit into a page. They are weighed, and not read. */
  async function fitting(app: App, page: Page<Attempt>): Promise<Page<Attempt>> {
    const ids = new Set(page.rows.map(({ messageId }) => messageId));
    const bytes = await container.messages.weigh(app, [...ids]);
    const { shown, isCut } = cutPage(page, MAX_PAGE_BYTES, ({ messageId }) => bytes.get(messageId) ?? 0);
    return isCut ? { ...page, rows: shown, linksOf: (rows) => page.linksOf(rows, true) } : page;
  }

  return {
    presentOne: async (app: App, attempt: Attempt): Promise<Answer> => {
      const present = await presenterOf(app, [attempt]);
      return { status: 200, text: await present(attempt) };
    },

    presentPage: async (app: App, page: Page<Attempt>): Promise<Answer> => {
      const cut = await fitting(app, page);
      return pageOfTexts(cut, await presenterOf(app, cut.rows));
    },
  };
}

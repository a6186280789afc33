import type { App } from '#src/domain/apps/app.ts';
import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { Container } from '#src/container.ts';
import { MAX_PAGE_BYTES } from '#src/infra/lib/paging.ts';
import type { Answer } from './answer.ts';
import { cutPage, type Page, pageOfTexts } from './page.ts';
import { presentAttempt } from '#src/surfaces/api/presenters/attempt.ts';
import { requestHeadersOf } from './rebuild-request-headers.ts';

type Parts = Pick<Container, 'config' | 'directory' | 'messages'>;

/** Presents attempts with the payload that was sent. The payloads are stored with the messages: one query a page. */
export function createAttemptPages(container: Parts) {
  async function textsOf(app: App, attempts: Attempt[]): Promise<Map<string, string>> {
    const messageIds = new Set(attempts.map(({ messageId }) => messageId));
    const messages = await container.messages.byIds(app, [...messageIds]);
    const texts = attempts.map(async (attempt): Promise<[string, string]> => {
      const message = messages.get(attempt.messageId);
      const requestHeaders = await requestHeadersOf(container, attempt, message);
      return [attempt.id, presentAttempt(attempt, { message, requestHeaders })];
    });
    return new Map(await Promise.all(texts));
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
      const texts = await textsOf(app, [attempt]);
      return { status: 200, text: texts.get(attempt.id) ?? 'null' };
    },

    presentPage: async (app: App, page: Page<Attempt>): Promise<Answer> => {
      const cut = await fitting(app, page);
      const texts = await textsOf(app, cut.rows);
      return pageOfTexts(cut, ({ id }) => texts.get(id) ?? 'null');
    },
  };
}

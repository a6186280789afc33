import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { chromiumPath } from '#test/support/chromium.ts';

export type { Page } from 'playwright-core';

/**
 * Debian's Chromium; as root it has no sandbox to give. It compiles scripts without optimizing them, and keeps what it
 * compiled, because pages live briefly and run the same scripts.
 */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ['--no-sandbox', '--js-flags=--no-opt --no-maglev --no-flush-bytecode'],
  });
}

/** A page of a context of its own, signed in when there is a path for it. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions & { baseURL: string; signInPath?: string },
): Promise<Page> {
  const { signInPath, ...contextOptions } = options;
  const context = await browser.newContext(contextOptions);
  const page = await context.newPage();
  if (signInPath !== undefined) await page.goto(signInPath);
  return page;
}

/** All that a page should not do: console errors, CSP violations, exceptions, dialogs, requests to other hosts. */
export function collectProblems(page: Page, origin: string): string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    // The address bar's own request: a page that answers with an error on purpose says so here.
    if (!/status of (403|404|500)/.test(message.text())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('dialog', (dialog) => {
    problems.push(`asked with a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) problems.push(`asked ${url}`);
  });
  return problems;
}

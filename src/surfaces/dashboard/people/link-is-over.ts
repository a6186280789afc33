import type { Response } from 'express';
import { renderPage } from '#src/surfaces/html/render.ts';

/** The one page of all links of mails that are not ours, have expired or were used: it tells nothing else. */
export async function renderLinkIsOver(
  res: Response,
  action: { href: string; label: string },
): Promise<void> {
  await renderPage(res, {
    view: 'errors/error',
    title: 'This link is no longer good',
    layout: 'public',
    status: 404,
    model: {
      heading: 'This link is no longer good',
      text: 'It was used, it is too old, or a part of it is missing. The address in the mail must be whole.',
      action,
    },
  });
}

import { breakLinks } from '#src/infra/lib/break-links.ts';
import type { ChannelNews } from '#src/infra/queue/jobs.ts';
import type { ChannelFormat } from './channel.ts';

/** The body of a post to a channel, JSON. */
export function channelBody(format: ChannelFormat, news: ChannelNews): string {
  return JSON.stringify(format === 'slack' ? { text: slackText(news) } : plain(news));
}

function plain({ kind, title, endpoints, count, url, atMs }: ChannelNews) {
  return { type: kind, title, count, endpoints, url, created: new Date(atMs).toISOString() };
}

function slackText({ title, endpoints, count, url }: ChannelNews): string {
  const lines = endpoints.map(
    ({ advice, subscriber, url: to }) =>
      `• ${escaped(breakLinks(subscriber))}: ${escaped(breakLinks(to))}${advice === undefined ? '' : `\n   ${advice}`}`,
  );
  const more =
    count > endpoints.length ? [`and ${(count - endpoints.length).toLocaleString('en-US')} more`] : [];
  return [`*${escaped(breakLinks(title))}*`, ...lines, ...more, `<${url}|Open>`].join('\n');
}

/** Slack's three control characters, so that a customer's name is no link and calls nobody. */
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(/\s+/g, ' ');

import type { MailKind } from '#src/domain/mail/mail-kinds.ts';

/** `slack`: a text, as Slack's incoming webhooks take it, and those of Mattermost and Discord. `json`: members. */
export const CHANNEL_FORMATS = ['slack', 'json'] as const;
export type ChannelFormat = (typeof CHANNEL_FORMATS)[number];

/** An address that is told what happens to the endpoints of an app. The URL is a secret: whoever has it may post. */
export interface Channel {
  id: string;
  accountId: string;
  appId: string;
  name: string;
  format: ChannelFormat;
  /** What of the URL may be shown. */
  host: string;
  kinds: MailKind[];
  createdAt: Date;
  /** Since when nothing arrives there; null after a success, and before the first post. */
  failingSince: Date | null;
  lastError: string | null;
}

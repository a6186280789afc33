import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Container } from '#src/container.ts';
import { CHANNEL_FORMATS } from '#src/domain/channels/channel.ts';
import { isMailKind, MAIL_KINDS } from '#src/domain/mail/mail-kinds.ts';
import { PageRoutes } from '#src/surfaces/dashboard/access/page-routes.ts';
import { redirectWith } from '#src/surfaces/dashboard/frame/notices.ts';
import { accountPath, currentVisit } from '#src/surfaces/dashboard/frame/session.ts';
import { noFields } from '#src/surfaces/html/form-fields.ts';
import { blankForm, type Form, line, submit } from '#src/surfaces/html/form.ts';
import { mailChoice } from '#src/surfaces/html/mail-choice.ts';

const MAX_SHOWN = 100;
const PATH = '/settings/notifications';

const newChannel = z.strictObject({
  ...mailChoice.shape,
  app: z.string().min(1, 'Choose an app.'),
  name: line('Enter a name for the channel.', 80),
  format: z.enum(CHANNEL_FORMATS),
  url: line('Enter the URL that takes the posts.', 2000),
});

type Parts = Pick<Container, 'apps' | 'channels' | 'clock' | 'config' | 'sampleRate'>;
type Render = (req: Request, res: Response, refused?: { form: Form; status: number }) => Promise<void>;

/** The kinds that a channel can be told of: what happens to endpoints. */
const KINDS = Object.entries(MAIL_KINDS).filter(([, { isOfEndpoints }]) => isOfEndpoints);

/** What the section about channels shows. */
export async function readChannels({ apps, channels }: Parts, accountId: string, form?: Form) {
  const [all, own] = await Promise.all([
    channels.list(accountId),
    apps.list(accountId, { limit: MAX_SHOWN, offset: 0 }),
  ]);
  const names = new Map(own.map(({ id, name }) => [id, name]));
  return {
    rows: all.map((channel) => ({
      ...channel,
      app: names.get(channel.appId) ?? '',
      kinds: channel.kinds.map((kind) => MAIL_KINDS[kind].label),
      href: `${PATH}/channels/${channel.id}`,
    })),
    apps: own.map(({ id, name }): [string, string] => [id, name]),
    form: form ?? blankForm({ format: 'slack' }),
    choices: KINDS.map(([kind, { label }]) => ({
      kind,
      label,
      isWanted: form === undefined || [form.values['kinds'] ?? []].flat().includes(kind),
    })),
  };
}

/** Adds, tests and deletes channels. */
export function channelActions(container: Parts, render: Render): Router {
  const { apps, channels, clock, config, sampleRate } = container;
  const pages = new PageRoutes();

  pages.post({ right: 'edit', form: newChannel }, `${PATH}/channels`, async (req, res) => {
    const { accountId } = currentVisit(req);
    const result = await submit(newChannel, req.body, async ({ app: appId, kinds, ...input }) => {
      const app = await apps.get(accountId, appId);
      return channels.create(app, { ...input, kinds: kinds.filter(isMailKind) });
    });
    if ('form' in result) await render(req, res, result);
    else redirectWith(res, accountPath(res, PATH), 'channel_created');
  });

  pages.post(
    { right: 'edit', form: noFields },
    `${PATH}/channels/:channel/test`,
    async (req: Request<{ channel: string }>, res) => {
      const { accountId } = currentVisit(req);
      await sampleRate.take(accountId);
      const error = await channels.post(accountId, req.params.channel, {
        kind: 'test',
        title: 'This is a test: news of your endpoints will come here',
        endpoints: [],
        count: 0,
        url: `${config.http.baseUrl}${PATH}`,
        atMs: clock.now(),
      });
      redirectWith(res, accountPath(res, PATH), error === null ? 'channel_tested' : 'channel_failed');
    },
  );

  pages.post(
    { right: 'delete', form: noFields },
    `${PATH}/channels/:channel/delete`,
    async (req: Request<{ channel: string }>, res) => {
      await channels.delete(currentVisit(req).accountId, req.params.channel);
      redirectWith(res, accountPath(res, PATH), 'channel_deleted');
    },
  );

  return pages.router;
}

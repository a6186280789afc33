import type { Pool, PoolClient } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import { Conflict, InvalidInput, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import { type AddressPolicy, checkUrl } from '#src/infra/outbound/address-policy.ts';
import type { Poster } from '#src/infra/outbound/post.ts';
import type { ChannelNews, SendJob } from '#src/infra/queue/jobs.ts';
import { channelBody } from './channel-body.ts';
import type { Channel } from './channel.ts';
import {
  channelsFor,
  countChannels,
  deleteChannel,
  findChannel,
  insertChannel,
  noteOutcome,
  selectChannels,
} from './channel-rows.ts';

/** Of an app. */
const MAX_CHANNELS = 10;
/** News of a day ago are none. */
const GIVE_UP_AFTER_MS = 86_400_000;

interface Dependencies {
  pool: Pool;
  clock: Clock;
  cipher: Cipher;
  addressPolicy: AddressPolicy;
  poster: Pick<Poster, 'post'>;
  sendJob: SendJob;
}

export type NewChannel = Pick<Channel, 'name' | 'format' | 'kinds'> & { url: string };

/** Where an app's team is told of its endpoints, beside mails: chats, and programs of their own. */
export class Channels {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  async list(accountId: string): Promise<Channel[]> {
    return selectChannels(this.#deps.pool, accountId);
  }

  /** Throws InvalidInput for a URL that the address policy refuses, and Conflict at {@link MAX_CHANNELS}. */
  async create(app: App, { url, ...fields }: NewChannel): Promise<void> {
    const { addressPolicy, cipher, clock, pool } = this.#deps;
    const problem = checkUrl(url, addressPolicy);
    if (problem !== undefined) {
      throw new InvalidInput(`The channel's URL cannot be used: ${problem}`, {
        details: [{ path: 'url', message: problem }],
      });
    }
    const id = uuidv7(clock.now());
    const channel = {
      ...fields,
      id,
      accountId: app.accountId,
      appId: app.id,
      host: new URL(url).host,
      createdAt: new Date(clock.now()),
      failingSince: null,
      lastError: null,
      sealedUrl: cipher.encrypt(url, ownerOf(id)),
    };
    await transaction(pool, async (client) => {
      if ((await countChannels(client, app)) >= MAX_CHANNELS) {
        throw new Conflict(`An app has at most ${String(MAX_CHANNELS)} channels. Delete one first.`);
      }
      await insertChannel(client, channel);
      await this.#record(client, 'channel.created', channel);
    });
  }

  /** Throws NotFound. */
  async delete(accountId: string, id: string): Promise<void> {
    await transaction(this.#deps.pool, async (client) => {
      const deleted = isUuid(id) ? await deleteChannel(client, { accountId, id }) : null;
      if (deleted === null) throw new NotFound('There is no such channel.');
      await this.#record(client, 'channel.deleted', deleted);
    });
  }

  /** Queues the news for the app's channels that are told of its kind, in the transaction of `client`. */
  async tell(
    client: PoolClient,
    app: Pick<Channel, 'accountId' | 'appId'>,
    news: ChannelNews,
  ): Promise<void> {
    const { accountId } = app;
    for (const channelId of await channelsFor(client, { ...app, kind: news.kind })) {
      await this.#deps.sendJob('channel', { accountId, channelId, news }, { client });
    }
  }

  /** Posts to the channel now. Answers what went wrong, null when nothing did. Throws NotFound. */
  async post(accountId: string, id: string, news: ChannelNews): Promise<string | null> {
    const { cipher, clock, pool, poster } = this.#deps;
    const channel = isUuid(id) ? await findChannel(pool, { accountId, id }) : null;
    if (channel === null) throw new NotFound('There is no such channel.');
    const { outcome, statusCode, errorMessage } = await poster.post({
      url: cipher.decrypt(channel.sealedUrl, ownerOf(id)),
      headers: { 'content-type': 'application/json', 'user-agent': 'HostedHooks' },
      body: channelBody(channel.format, news),
      owner: `channel:${id}`,
      account: accountId,
    });
    const isGood = outcome === 'status' && statusCode !== null && statusCode >= 200 && statusCode < 300;
    const error = isGood ? null : errorMessage || `${channel.host} answered ${String(statusCode)}`;
    await noteOutcome(pool, { accountId, id }, { error, at: new Date(clock.now()) });
    return error;
  }

  /** Handles a queued post. Throws where another try may succeed; gives up a day later, or without the channel. */
  async send({
    accountId,
    channelId,
    news,
  }: {
    accountId: string;
    channelId: string;
    news: ChannelNews;
  }): Promise<void> {
    const error = await this.post(accountId, channelId, news).catch((thrown: unknown) => {
      if (thrown instanceof NotFound) return null;
      throw thrown;
    });
    const isLate = this.#deps.clock.now() - news.atMs > GIVE_UP_AFTER_MS;
    // The queue keeps the error, which names no URL.
    if (error !== null && !isLate) throw new Error('A channel did not take its news; trying again');
  }

  async #record(
    client: PoolClient,
    action: 'channel.created' | 'channel.deleted',
    channel: Channel,
  ): Promise<void> {
    const { accountId, appId, id, name } = channel;
    const { clock } = this.#deps;
    await recordChange(
      { db: client, clock },
      { accountId, appId, action, object: { type: 'channel', id, name } },
    );
  }
}

const ownerOf = (id: string) => `channel:${id}`;

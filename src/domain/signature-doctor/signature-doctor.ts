import { DEFAULT_HEADER_PREFIX } from '#src/domain/outbound-rules/own-headers.ts';
import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { deliveriesAt } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import type { EndpointSecrets } from '#src/domain/endpoints/endpoint-secrets.ts';
import type { Endpoints } from '#src/domain/endpoints/endpoints.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import { type Message, webhookBody } from '#src/domain/messages/message.ts';
import type { Messages } from '#src/domain/messages/messages.ts';
import { nullOn } from '#src/infra/database/upsert.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import type { Diagnosis, Known, Pasted } from './case.ts';
import { examineRequest } from './examine-request.ts';
import { nameOf, readHeaders } from './pasted-headers.ts';

/** So many other endpoints of the subscriber are tried for a secret that was mixed up. */
const MAX_OTHERS = 20;

interface Dependencies {
  pool: Pool;
  endpoints: Endpoints;
  endpointSecrets: EndpointSecrets;
  messages: Messages;
}

export const headerPrefixOf = ({ headerPrefix }: Pick<App, 'headerPrefix'>) =>
  headerPrefix ?? DEFAULT_HEADER_PREFIX;

/** Looks at a request that a receiver refused, with what we know of its endpoint. */
export class SignatureDoctor {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  async examine(app: App, endpoint: EndpointWithParents, pasted: Pasted): Promise<Diagnosis> {
    const id = readHeaders(pasted.headers).get(nameOf('webhook-id'));
    const [secrets, others, sentBody] = await Promise.all([
      this.#deps.endpointSecrets.everOf(endpoint),
      this.#others(endpoint),
      id === undefined ? null : this.#sentBody(app, endpoint, id),
    ]);
    const [secret = '', ...previous] = secrets;
    const known: Known = { secret, previous, others, headerPrefix: headerPrefixOf(app), sentBody };
    return examineRequest(pasted, known);
  }

  async #others(endpoint: EndpointWithParents): Promise<Known['others']> {
    const { endpoints } = this.#deps;
    const all = await endpoints.listOfSubscription(endpoint.subscription, { limit: MAX_OTHERS, offset: 0 });
    return all
      .filter(({ id }) => id !== endpoint.id)
      .map((other) => ({ url: other.url, secret: endpoints.revealSecret(other) }));
  }

  /** The body of a message that went to the endpoint; null of another message, and where it is no text. */
  async #sentBody(app: App, endpoint: Endpoint, messageId: string): Promise<string | null> {
    const { messages, pool } = this.#deps;
    const message = await messages.get(app, messageId).catch(nullOn(NotFound));
    if (message === null) return null;
    const isOwn = message.endpointId === endpoint.id || (await hasDelivery(pool, endpoint, message));
    const body = webhookBody(message);
    return isOwn && typeof body === 'string' ? body : null;
  }
}

async function hasDelivery(pool: Pool, endpoint: Endpoint, message: Message): Promise<boolean> {
  const asked = { messages: [message], endpointIds: [endpoint.id] };
  const found = await deliveriesAt(pool, message.accountId, asked);
  return found.get(message.id)?.length === 1;
}

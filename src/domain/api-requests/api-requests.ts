import type { Pool } from 'pg';
import { NotFound } from '#src/infra/lib/errors.ts';
import { isUuid } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import type { ApiRequest } from './api-request.ts';
import {
  findNewestRequest,
  findRequest,
  type RequestFilters,
  selectRequests,
  wasKeyUsed,
} from './api-request-rows.ts';

/** The log of calls of our API: what was refused, and a sample of the rest. */
export class ApiRequests {
  readonly #pool: Pool;

  constructor({ pool }: { pool: Pool }) {
    this.#pool = pool;
  }

  /** Newest first. Without the bodies, which {@link get} has. */
  async list(accountId: string, filters: RequestFilters, paging: Paging): Promise<ApiRequest[]> {
    return selectRequests(this.#pool, { accountId, filters }, paging);
  }

  /** Throws NotFound. */
  async get(accountId: string, id: string): Promise<ApiRequest> {
    const found = isUuid(id) ? await findRequest(this.#pool, accountId, id) : null;
    if (found === null) throw new NotFound(`There is no request ${id.slice(0, 128)} in the log.`);
    return found;
  }

  /** The newest call that is kept, refused or not; null when there is none. */
  async latest(accountId: string): Promise<ApiRequest | null> {
    return findNewestRequest(this.#pool, accountId);
  }

  /** Whether a program ever called the API with a key of the account, also long ago; with a working key or not. */
  async hasCalled(accountId: string): Promise<boolean> {
    return (await this.latest(accountId)) !== null || wasKeyUsed(this.#pool, accountId);
  }
}

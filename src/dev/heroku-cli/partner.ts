import { z } from 'zod';
import type { Config } from '#src/config.ts';
import { HerokuError } from './output.ts';

/** Heroku's timeout for a request to a provider. */
const TIMEOUT_MS = 25_000;

const provisioned = z.object({
  id: z.union([z.string(), z.number()]),
  config: z.record(z.string(), z.string()).default({}),
  message: z.string().optional(),
});
const answered = z.object({ message: z.string().optional() });

/** A response of the provider with an error status. */
export class Refused extends HerokuError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface NewResource {
  uuid: string;
  name: string;
  plan: string;
  options?: object;
  /** The base URL of the Platform API, for `callback_url`; null when there is none. */
  platformUrl?: string | null;
  /** A grant that the provider exchanges for tokens. */
  grant?: object | null;
}

/** A client of the provider's partner API, in the place of Heroku. */
export class Partner {
  readonly #resources: string;
  readonly #baseUrl: string;
  readonly #authorization: string;

  constructor({ heroku, http }: Config) {
    this.#baseUrl = http.baseUrl;
    this.#resources = `${http.baseUrl}/heroku/resources`;
    const credentials = `${heroku.manifestId}:${heroku.passwords[0]?.reveal() ?? ''}`;
    this.#authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }

  async provision(resource: NewResource): Promise<z.infer<typeof provisioned>> {
    const { uuid, name, plan, options = {}, platformUrl, grant = null } = resource;
    const body = {
      callback_url: `${platformUrl ?? 'https://api.heroku.com'}/addons/${uuid}`,
      name,
      oauth_grant: grant,
      options,
      plan,
      region: 'amazon-web-services::us-east-1',
      uuid,
    };
    return provisioned.parse(await this.#call('POST', this.#resources, body));
  }

  async changePlan(uuid: string, plan: string): Promise<z.infer<typeof answered>> {
    return answered.parse(await this.#call('PUT', `${this.#resources}/${uuid}`, { plan }));
  }

  async deprovision(uuid: string): Promise<void> {
    await this.#call('DELETE', `${this.#resources}/${uuid}`);
  }

  async #call(method: string, url: string, body?: object): Promise<unknown> {
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/vnd.heroku-addons+json; version=3',
        'content-type': 'application/json',
        authorization: this.#authorization,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: unknown) => {
      throw new HerokuError(
        `HostedHooks does not answer at ${this.#baseUrl}. Start it with npm start, then run this again.`,
        { cause: error },
      );
    });
    const answer = parseJson(await response.text());
    if (response.ok) return answer ?? {};
    const message = answered.safeParse(answer).data?.message;
    throw new Refused(
      response.status,
      message ?? 'Could not communicate with vendor, please try again later',
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

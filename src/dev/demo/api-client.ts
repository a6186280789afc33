/** A client of our own REST API. */
export class ApiClient {
  readonly #base: string;
  readonly #apiKey: string;

  constructor(origin: string, apiKey: string) {
    this.#base = `${origin}/api/v1`;
    this.#apiKey = apiKey;
  }

  /** The JSON of the response; null for a 404. */
  async find<T>(path: string): Promise<T | null> {
    return (await this.#call('GET', path)) as T | null;
  }

  async send<T>(method: 'POST' | 'PUT' | 'PATCH', path: string, body: object): Promise<T> {
    const answer = await this.#call(method, path, body);
    if (answer === null) throw new Error(`${method} ${path}: not found`);
    return answer as T;
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#apiKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`${method} ${path}: ${String(response.status)} ${text}`);
    return JSON.parse(text);
  }
}

/** What filters look at, of a message. */
export interface Filterable {
  /** `null`: not known, as the version may be. */
  eventType: string | null;
  version: string | null;
  headers: Record<string, string> | null;
  /** `null`: JSON. */
  contentType: string | null;
  /** As it was written. Null: not known, so that what filters ask of it counts as met. */
  data: string | Buffer | null;
}

/** Of parsing, in the time of a step of a filter. */
const CHARACTERS_PER_STEP = 4;
const JSON_TYPE = /^[^;]*[/+]json *(?:;|$)/i;

/** A message as filters see it. Its data is parsed once, and only when a filter looks at it. */
export class FilterSubject {
  readonly #message: Filterable;
  #body: { value: unknown } | undefined;
  #headers: Record<string, string> | undefined;
  /** The steps that filters have taken on this message. */
  steps = 0;

  constructor(message: Filterable) {
    this.#message = message;
  }

  get eventType(): string | null {
    return this.#message.eventType;
  }

  get version(): string | null {
    return this.#message.version;
  }

  /** Names in lower case. */
  get headers(): Record<string, string> {
    this.#headers ??= Object.fromEntries(
      Object.entries(this.#message.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    return this.#headers;
  }

  /** The parsed data, with numbers as precise as `JSON.parse` reads them. What is no JSON is a text. */
  get body(): unknown {
    if (this.#body === undefined) {
      this.#body = { value: parse(this.#message) };
      this.steps += this.bodyLength / CHARACTERS_PER_STEP;
    }
    return this.#body.value;
  }

  get hasBody(): boolean {
    return this.#message.data !== null;
  }

  get bodyLength(): number {
    return this.#message.data?.length ?? 0;
  }
}

function parse({ data, contentType }: Filterable): unknown {
  if (data === null) return undefined;
  const text = typeof data === 'string' ? data : data.toString('utf8');
  if (contentType === null) return JSON.parse(text);
  if (!JSON_TYPE.test(contentType)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

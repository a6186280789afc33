import { randomUUID } from 'node:crypto';
import type { DescribedOperation } from './api-description.ts';
import { type ApiWorld, makeWorld } from './api-world.ts';
import { OF_OPERATIONS, overQuota } from './operation-provocations.ts';
import type { Recipe, Sent } from './room-provocations.ts';
import type { Receiver } from './receiver.ts';
import type { TestServer } from './server.ts';

const MEGABYTE = 1024 * 1024;

export type Provoke = () => Promise<Response>;

/** Whether one world will do. A repeat under way is recognised by a key that is random. */
const changesNothing = ({ method }: DescribedOperation, status: number) =>
  method === 'get' || [400, 401, 403, 404, 409, 413, 415, 422].includes(status);

/** How to make the API give each status that an operation lists. Undefined: nobody knows. */
export function provocationsOf(server: TestServer, receiver: Receiver) {
  const make = (needed?: readonly string[]) => makeWorld(server, receiver, needed);
  let shared: Promise<ApiWorld> | undefined;
  return (described: DescribedOperation, status: number): Provoke | undefined => {
    const { operationId } = described.operation;
    const special =
      OF_OPERATIONS[`${operationId} ${String(status)}`] ??
      OF_OPERATIONS[`${operationId.replace(/InApp$/, '')} ${String(status)}`];
    const recipe = special ?? generalRecipe(described, status);
    if (recipe === undefined) return undefined;
    return async () => {
      const world = await (special === undefined && changesNothing(described, status)
        ? (shared ??= make())
        : make(namesIn(described.path)));
      return recipe({ world, send: (sent = {}) => send(described, world, sent) });
    };
  };
}

const namesIn = (path: string) => path.match(/(?<=\{)\w+(?=\})/g) ?? [];

function send(
  { path, method, operation }: DescribedOperation,
  world: ApiWorld,
  sent: Sent,
): Promise<Response> {
  const address = path.replaceAll(
    /\{(\w+)\}/g,
    (_, name: string) => sent.parts?.[name] ?? world.ids[name] ?? 'x',
  );
  const example = world.example(operation);
  const body = 'body' in sent ? sent.body : example;
  return world.call(method, `${address}${sent.query ?? requiredQuery(operation)}`, {
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', ...sent.headers },
  });
}

function requiredQuery({ parameters = [] }: DescribedOperation['operation']): string {
  const required = parameters.filter((parameter) => parameter.in === 'query' && parameter.required);
  if (required.length === 0) return '';
  const query = required.map(({ name, schema }): [string, string] => [name, String(schema.examples?.[0])]);
  return `?${String(new URLSearchParams(query))}`;
}

/** What goes for all operations of a kind. */
function generalRecipe({ path, method, operation }: DescribedOperation, status: number): Recipe | undefined {
  const [first] = namesIn(path);
  const hasBody = operation.requestBody !== undefined;
  const isBatch = path.endsWith('/batch');
  const recipes: Record<number, Recipe | undefined> = {
    200: ({ send }) => send(),
    201: ({ send }) => send(),
    202: ({ send }) => send(),
    204: ({ send }) => send(),
    400: hasBody
      ? ({ send }) => send({ body: '{' })
      : ({ send }) => send({ parts: { [first ?? '']: '%ff' } }),
    401: ({ send }) => send({ headers: { authorization: 'Bearer none' } }),
    403: withoutScope(operation['x-scope'] ?? ''),
    404: ({ send }) => send({ parts: { [first ?? '']: randomUUID() } }),
    413: ({ send }) => send({ body: `"${'x'.repeat((isBatch ? 6 : 1.1) * MEGABYTE)}"` }),
    415: ({ send }) => send({ headers: { 'content-type': 'text/html' } }),
    422: hasBody
      ? ({ send }) => send({ body: '[]' })
      : method === 'post'
        ? withUsedKey
        : ({ send }) => send({ query: '?page=x&since=x' }),
    402: operation['x-scope'] === 'messages:write' ? overQuota : undefined,
    429: operation['x-scope'] === 'messages:write' ? tooFast : undefined,
    409: path.startsWith('/subscriptions/{subscription}')
      ? withAmbiguousUid
      : method === 'post'
        ? whileExecuted
        : undefined,
  };
  return recipes[status];
}

const withoutScope =
  (scope: string): Recipe =>
  async ({ world, send }) => {
    const key = await world.keyWithout(scope);
    return send({ headers: { authorization: `Bearer ${key}` } });
  };

const withUsedKey: Recipe = async ({ send }) => {
  const headers = { 'idempotency-key': randomUUID() };
  await send({ headers });
  return send({ headers, query: '?another' });
};
const whileExecuted: Recipe = async ({ world, send }) => {
  const headers = { 'idempotency-key': randomUUID() };
  await send({ headers });
  await world.forgetFirstAnswers();
  return send({ headers });
};

/** Two apps know a subscription by the same uid. */
const withAmbiguousUid: Recipe = async ({ world, send }) => {
  for (let count = 0; count < 2; count += 1) {
    const app = await world.make('/apps', { name: 'Acme' });
    await world.make(`/apps/${app.id}/subscriptions`, { name: 'Globex', uid: 'globex' });
  }
  return send({ parts: { subscription: 'globex' } });
};

const tooFast: Recipe = async ({ world, send }) => {
  await world.useUpRate();
  return send();
};

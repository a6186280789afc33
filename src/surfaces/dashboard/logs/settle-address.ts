import type { Request } from 'express';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { findInApp, MAX_OF_KIND } from '#src/domain/find-anything/find-anything.ts';

/** What a log is filtered by when a name, uid or part of a URL is typed into the field. */
const TYPED = { subscriber: 'subscription_id', endpoint: 'endpoint_id' } as const;
type Typed = keyof typeof TYPED;

const MAX_CHARACTERS = 200;

/** What several have that was typed, each with the address that chooses it. */
export interface Choice {
  kind: Typed;
  text: string;
  /** Empty: nothing has it. */
  options: { label: string; href: string }[];
  /** Whether there may be more than `options`. */
  isCut: boolean;
}

/**
 * The address that says what the form meant: without empty parameters, and with ids for what was typed. `choice` when
 * that is not one alone. Neither when the address is fine as it is.
 */
export async function settleAddress(
  { pool }: Pick<Container, 'pool'>,
  req: Request,
  app: App,
): Promise<{ href?: string; choice?: Choice }> {
  const url = new URL(req.originalUrl, 'http://localhost');
  const before = url.search;
  const asked = [...url.searchParams].filter(([, value]) => value.trim() !== '');
  const query = new URLSearchParams(asked);
  for (const kind of Object.keys(TYPED) as Typed[]) {
    const text = (query.get(kind) ?? '').trim().slice(0, MAX_CHARACTERS).replaceAll('\0', '').toWellFormed();
    if (text === '') {
      query.delete(kind);
      continue;
    }
    const found = await findInApp(pool, app, { kind, text });
    const chosen = theOne(found, text);
    if (chosen === undefined) {
      const to = (id: string) => hrefOf(url.pathname, chosenBy(query, kind, id));
      const options = found.map(({ id, name, uid }) => ({
        label: uid === null ? name : `${name} (${uid})`,
        href: to(id),
      }));
      return { choice: { kind, text, options, isCut: found.length === MAX_OF_KIND } };
    }
    const next = chosenBy(query, kind, chosen.id);
    for (const name of [...query.keys()]) query.delete(name);
    for (const [name, value] of next) query.append(name, value);
  }
  const isSame =
    asked.length === url.searchParams.size &&
    !Object.keys(TYPED).some((kind) => before.includes(`${kind}=`) && url.searchParams.has(kind));
  return isSame ? {} : { href: hrefOf(url.pathname, query) };
}

/** The only one, or the only one that has exactly this id, uid or name. */
function theOne<T extends { name: string; isExact: boolean }>(found: T[], text: string): T | undefined {
  if (found.length === 1) return found[0];
  const exact = found.filter(({ name, isExact }) => isExact || name.toLowerCase() === text.toLowerCase());
  const byId = exact.filter(({ isExact }) => isExact);
  if (byId.length === 1) return byId[0];
  return exact.length === 1 ? exact[0] : undefined;
}

function chosenBy(query: URLSearchParams, kind: Typed, id: string): URLSearchParams {
  const others = [...query].filter(([name]) => name !== kind && name !== TYPED[kind]);
  return new URLSearchParams([...others, [TYPED[kind], id]]);
}

const hrefOf = (path: string, query: URLSearchParams) =>
  query.size === 0 ? path : `${path}?${query.toString()}`;

import type { Caller } from '#src/domain/api-keys/api-keys.ts';
import type { Scope } from '#src/domain/api-keys/api-key.ts';
import { Forbidden } from '#src/infra/lib/errors.ts';

/** Throws MissingScope (403) unless the key has all of `scopes`. */
export function requireScopes({ scopes: given }: Caller, ...scopes: readonly Scope[]): void {
  const missing = scopes.filter((scope) => !given.includes(scope));
  if (missing.length === 0) return;
  throw new MissingScope(missing);
}

/** 403 with the WWW-Authenticate header of RFC 6750, whose `scope` lists the scopes that the request needs. */
export class MissingScope extends Forbidden {
  readonly scope: string;

  constructor(missing: Scope[]) {
    const names = missing.map((scope) => `"${scope}"`).join(' and ');
    const what = missing.length === 1 ? 'the scope' : 'the scopes';
    super(`This API key may not do this: it lacks ${what} ${names}.`, { code: 'missing_scope' });
    this.scope = missing.join(' ');
  }
}

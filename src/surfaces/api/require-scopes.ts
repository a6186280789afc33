import type { Caller } from '#src/domain/api-keys/api-keys.ts';
import type { Scope } from '#src/domain/api-keys/api-key.ts';
import { Forbidden } from '#src/infra/lib/errors.ts';

/** Throws unless the key has all of `scopes`. */
export function requireScopes({ scopes: given }: Caller, ...scopes: readonly Scope[]): void {
  const missing = scopes.filter((scope) => !given.includes(scope));
  if (missing.length === 0) return;
  throw new MissingScope(missing);
}

/** As RFC 6750 has it; `scope` is what the key would need. */
export class MissingScope extends Forbidden {
  readonly scope: string;

  constructor(missing: Scope[]) {
    const names = missing.map((scope) => `"${scope}"`).join(' and ');
    const what = missing.length === 1 ? 'the scope' : 'the scopes';
    super(`This API key may not do this: it lacks ${what} ${names}.`, { code: 'missing_scope' });
    this.scope = missing.join(' ');
  }
}

import type { ErrorDetail } from '#src/infra/lib/errors.ts';
import { detailsOfUnknown, invalid } from '#src/infra/lib/unknown-members.ts';

/** Throws InvalidInput for a name that is not among `known`, and for one that comes twice, because one is ignored. */
export function checkParameters(query: URLSearchParams, known: string[]): void {
  if (query.size === 0) return;
  const names = new Set(query.keys());
  const unknown = detailsOfUnknown([...names.difference(new Set(known))], { known });
  const problems = [...unknown, ...repeated(query, known)];
  if (problems.length > 0) throw invalid(problems, { hasUnknown: unknown.length > 0 });
}

function repeated(query: URLSearchParams, known: string[]): ErrorDetail[] {
  return known
    .filter((name) => query.getAll(name).length > 1)
    .map((path) => ({ path, message: 'is given more than once' }));
}

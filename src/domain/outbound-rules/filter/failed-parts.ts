import type { JsonValue } from '#src/infra/lib/json.ts';
import { compile, type FoldName } from './compile.ts';
import { isObject, memberOf } from './same-json.ts';
import type { Scope } from './scope.ts';

interface Place {
  path: string;
  scope: Scope;
  foldName: FoldName;
}

/**
 * The paths of what of `filter` does not hold for `value`: `body.order.amount.$gt`. Where any of several could have
 * held, the path of all: `body.$or`, and of an array that has no element as it must be the array's.
 */
export function* failedParts(filter: JsonValue, value: unknown, place: Place): Generator<string> {
  const { path, scope, foldName } = place;
  if (compile(filter, foldName)(value, scope)) return;
  let isNamed = false;
  for (const part of partsOf(filter, value, place)) {
    isNamed = true;
    yield part;
  }
  if (!isNamed) yield path;
}

function* partsOf(filter: JsonValue, value: unknown, { path, ...rest }: Place): Generator<string> {
  if (!isObject(filter)) return;
  const entries = Object.entries(filter as Record<string, JsonValue>);
  const hasFields = entries.some(([name]) => !name.startsWith('$'));
  if (hasFields && Array.isArray(value)) return;
  for (const [name, wanted] of entries) {
    const here = { ...rest, path: `${path}.${name}` };
    if (!name.startsWith('$')) yield* failedParts(wanted, memberOf(value, rest.foldName(name)), here);
    else if (name === '$and' && Array.isArray(wanted)) {
      for (const [index, one] of wanted.entries()) {
        yield* failedParts(one, value, { ...here, path: `${here.path}.${String(index)}` });
      }
    } else if (!compile({ [name]: wanted }, rest.foldName)(value, rest.scope)) yield here.path;
  }
}

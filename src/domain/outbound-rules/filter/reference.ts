import { memberOf } from './same-json.ts';
import type { Scope } from './scope.ts';

type Step = { name: string } | { index: number } | 'the index of the element';

/** Looks up another value of the same part of the message; `undefined`: absent. */
export type Reference = (scope: Scope) => unknown;

const STEPS = /(?:^|\.)([^.[\]]+)|\[(\d{1,9}|\$index)\]/gy;

/** Reads `a.b`, `a[1]` and `a[$index].b`; null: it is none of these. */
export function parseReference(path: string, foldName: (name: string) => string): Reference | null {
  const found = [...path.matchAll(STEPS)];
  const length = found.reduce((sum, [text]) => sum + text.length, 0);
  if (found.length === 0 || length !== path.length) return null;
  const steps = found.map(([, name, index]): Step => {
    if (name !== undefined) return { name: foldName(name) };
    return index === '$index' ? 'the index of the element' : { index: Number(index) };
  });
  return (scope) => {
    scope.spend(steps.length);
    return steps.reduce((value, step) => follow(value, step, scope), scope.root);
  };
}

function follow(value: unknown, step: Step, scope: Scope): unknown {
  if (typeof step === 'object' && 'name' in step) return memberOf(value, step.name);
  if (!Array.isArray(value)) return undefined;
  const index = typeof step === 'object' ? step.index : scope.index;
  return index === null ? undefined : (value[index] as unknown);
}

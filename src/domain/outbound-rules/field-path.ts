import { text } from '#src/infra/lib/text-schema.ts';

/** `body.order.lines[*].sku`, `headers.x-region` */
const PATH = /^(?:headers(?:\.[^[\]]+)?|body(?:\.[^.[\]]+|\[(?:\d{1,9}|\*)\])*)$/;
const STEP = /\.([^.[\]]+)|\[(\d+|\*)\]/g;

export const fieldPath = text(255).regex(
  PATH,
  'must begin with `body` or `headers`, as in `body.order.id`, `body.lines[*].sku` or `headers.x-region`',
);

type Step = string | number | typeof ALL;
const ALL = Symbol('[*]');

/** Where a field of a message is, in its headers or its data. */
export interface FieldPath {
  part: 'body' | 'headers';
  steps: Step[];
}

export function parseFieldPath(path: string): FieldPath {
  const header = /^headers(?:\.(.*))?$/s.exec(path);
  if (header !== null) {
    const name = header[1]?.toLowerCase();
    return { part: 'headers', steps: name === undefined ? [] : [name] };
  }
  return { part: 'body', steps: [...path.matchAll(STEP)].map(([, name, at]) => name ?? stepAt(at)) };
}

const stepAt = (at: string | undefined) => (at === '*' ? ALL : Number(at));

/** The value there; of `[*]` a list of those of all elements. `''`: there is none. */
export function readField(value: unknown, [step, ...rest]: Step[]): unknown {
  if (step === undefined) return value;
  if (step === ALL) return Array.isArray(value) ? value.map((element) => readField(element, rest)) : '';
  return isIn(value, step) ? readField(value[step], rest) : '';
}

/** Takes the value there away from `value`, or those of all elements. Elements of a list become null. */
export function deleteField(value: unknown, [step, ...rest]: Step[]): void {
  if (step === undefined) return;
  if (step === ALL) {
    if (Array.isArray(value)) for (const index of value.keys()) deleteField(value, [index, ...rest]);
  } else if (isIn(value, step)) {
    if (rest.length > 0) deleteField(value[step], rest);
    else if (Array.isArray(value)) value[Number(step)] = null;
    else Reflect.deleteProperty(value, step);
  }
}

function isIn(value: unknown, step: string | number): value is Record<string | number, unknown> {
  if (Array.isArray(value)) return typeof step === 'number' && step < value.length;
  return (
    typeof value === 'object' && value !== null && typeof step === 'string' && Object.hasOwn(value, step)
  );
}

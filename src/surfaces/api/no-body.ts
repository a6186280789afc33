import { detailsOfUnknown, invalid } from '#src/infra/lib/unknown-members.ts';
import type { Call } from './call.ts';

/**
 * Throws InvalidInput for a body where none is taken, because what it asks for would be ignored. `{}` and `null` pass:
 * some clients send them for no body.
 */
export async function refuseBody(call: Call): Promise<undefined> {
  if (!call.hasBody) return undefined;
  const value = await readJsonOf(call);
  if (typeof value !== 'object' || Array.isArray(value)) throw notTaken();
  const unknown = Object.keys(value ?? {});
  if (unknown.length > 0) throw invalid(detailsOfUnknown(unknown, { known: [] }), { hasUnknown: true });
  return undefined;
}

/** Undefined for what is no JSON, or more than a megabyte. */
async function readJsonOf(call: Call): Promise<unknown> {
  try {
    const text = (await call.bytes()).toString();
    return text.trim() === '' ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notTaken = () => invalid([{ path: 'body', message: 'is not taken here' }], { hasUnknown: true });

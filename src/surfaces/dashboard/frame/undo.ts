import { z } from 'zod';

/** What a form posts to put back what was before a change. */
export type UndoFields = Record<string, string | string[]>;

/** A form that undoes what a notice tells of. */
export interface Undo {
  action: string;
  fields: [name: string, value: string][];
}

/**
 * Changes that are undone by their like, because no delivery was sent for them: where that is posted, below the page
 * of the notice. What makes deliveries go out, such as turning on or resuming, cannot be taken back.
 */
const UNDONE_AT: Record<string, string> = {
  endpoint_off: '/status',
  endpoint_paused: '/resume',
  events_saved: '/events',
  rules_saved: '/rules',
  issues_changed: '',
};

/** Browsers keep cookies of 4 KB. */
const MAX_CHARACTERS = 3500;

const undoFields = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/** As a word of a cookie; blank where there is nothing to undo, or more than a cookie holds. */
export function writeUndo(fields: UndoFields | null): string {
  if (fields === null) return '';
  const text = Buffer.from(JSON.stringify(fields)).toString('base64url');
  return text.length > MAX_CHARACTERS ? '' : text;
}

/** The form for the notice of the page at `path`. Its address follows from these alone, and nothing of the cookie. */
export function readUndo(
  text: string | undefined,
  { name, path }: { name: string; path: string },
): Undo | null {
  const below = UNDONE_AT[name];
  const fields = below === undefined || text === undefined ? undefined : fieldsIn(text);
  if (below === undefined || fields === undefined) return null;
  const [page = '', query] = path.split('?');
  return {
    action: `${page}${below}${query === undefined ? '' : `?${query}`}`,
    fields: Object.entries(fields).flatMap(([field, value]) =>
      [value].flat().map((one): [string, string] => [field, one]),
    ),
  };
}

function fieldsIn(text: string): UndoFields | undefined {
  try {
    return undoFields.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString())).data;
  } catch {
    return undefined;
  }
}

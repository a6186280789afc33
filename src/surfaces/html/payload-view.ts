import ejs from 'ejs';
import { highlightJson } from '#src/infra/lib/json-layout.ts';

/** Of a payload on a page; a link leads to the whole payload. */
const SHOWN: Room = { characters: 12_000, bytes: 30_000 };
/** Halvings of a text of which only a part fits, each of which marks up a part. No character weighs 64 bytes. */
const STEPS = 6;

/** What a payload may take of a page: characters of its text, and bytes as HTML. */
interface Room {
  characters: number;
  bytes: number;
}

/** A body as a view shows it: the first characters, and whether to highlight them as JSON. */
export interface Payload {
  text: string;
  characters: number;
  isCut: boolean;
  isJson: boolean;
  /** The text as HTML; JSON is laid out and highlighted. */
  html: string;
  /** Size of a binary body; undefined for text. */
  bytes?: number;
}

/** As much of a body as the page has room for. Thousands of short strings weigh ten times their text as HTML. */
export function payloadOf(body: string | Buffer, room: Partial<Room> = {}): Payload {
  return typeof body === 'string'
    ? payloadOfText(body, { ...SHOWN, ...room })
    : { text: '', characters: 0, isCut: false, isJson: false, html: '', bytes: body.length };
}

function payloadOfText(text: string, room: Room): Payload {
  const isJson = looksLikeJson(text);
  const shown = fitting(text.slice(0, Math.min(room.characters, room.bytes)), isJson, room.bytes);
  return { ...shown, isJson, characters: text.length, isCut: shown.text.length < text.length };
}

/** The first part of a text that fits, and its HTML. */
function fitting(text: string, isJson: boolean, bytes: number) {
  const partTo = (length: number) => {
    const part = text.slice(0, length);
    return { text: part, html: isJson ? highlightJson(part) : ejs.escapeXML(part) };
  };
  const whole = partTo(text.length);
  if (bytesInPage({ ...whole, isJson }) <= bytes) return whole;
  let fits = partTo(0);
  let tooLong = text.length;
  for (let step = 0; step < STEPS; step += 1) {
    const half = partTo(Math.floor((fits.text.length + tooLong) / 2));
    if (bytesInPage({ ...half, isJson }) <= bytes) fits = half;
    else tooLong = half.text.length;
  }
  return fits;
}

/** What a payload takes of a page: JSON is there as it came, too, to be copied. */
export const bytesInPage = ({ text, html, isJson }: Pick<Payload, 'text' | 'html' | 'isJson'>): number =>
  Buffer.byteLength(html) + (isJson ? Buffer.byteLength(ejs.escapeXML(text)) : 0);

export function looksLikeJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

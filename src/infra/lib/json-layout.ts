import { escapeHtml } from './escape-html.ts';

const TOKEN =
  /("(?:[^"\\]|\\.)*(?:"|$))(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([{}[\],:])|(\s+)|([^\s"{}[\],:]+|")/g;
const INDENT = '  ';
/** In levels. Deeper levels keep this indent, because a few KB of brackets would make a page of many MB. */
const MAX_INDENT = 20;

/** A piece of the text as it is shown; `kind` of a token, null of what is none. */
type Show = (text: string, kind: 'string' | 'key' | 'word' | null) => string;

/**
 * As {@link indentJson}, as HTML with a span for each token but numbers: nothing else looks like one, and a list of
 * them would weigh ten times as much. Text that is not JSON is escaped.
 */
export function highlightJson(text: string): string {
  return layOut(text, (piece, kind) => {
    const escaped = escapeHtml(piece);
    return kind === null ? escaped : `<span class="json-${kind}">${escaped}</span>`;
  });
}

/**
 * JSON text, indented. It reads the text and parses no value, so the order of keys, the spelling of numbers and
 * repeated keys stay as they were written.
 */
export function indentJson(text: string): string {
  return layOut(text, (piece) => piece);
}

function layOut(text: string, show: Show): string {
  let shown = '';
  let depth = 0;
  let opened = false;
  const newLine = () => `\n${INDENT.repeat(Math.min(depth, MAX_INDENT))}`;
  for (const [, string, colon, number, word, mark, , other] of text.matchAll(TOKEN)) {
    const isClosing = mark === '}' || mark === ']';
    if (opened && !isClosing && (string ?? number ?? word ?? mark ?? other) !== undefined) shown += newLine();
    if (string !== undefined) {
      shown += show(string, colon === undefined ? 'string' : 'key') + (colon === undefined ? '' : ': ');
    } else if (number !== undefined) shown += show(number, null);
    else if (word !== undefined) shown += show(word, 'word');
    else if (isClosing) {
      depth = Math.max(0, depth - 1);
      shown += (opened ? '' : newLine()) + mark;
    } else if (mark === ',') shown += `,${newLine()}`;
    else if (mark === '{' || mark === '[') {
      shown += mark;
      depth += 1;
    } else if (mark !== undefined) shown += mark;
    else if (other !== undefined) shown += show(other, null);
    else continue;
    opened = mark === '{' || mark === '[';
  }
  return shown;
}

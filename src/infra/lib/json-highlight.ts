import { escapeHtml } from './escape-html.ts';

const TOKEN =
  /("(?:[^"\\]|\\.)*(?:"|$))(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([{}[\],:])|(\s+)|([^\s"{}[\],:]+|")/g;
const INDENT = '  ';
/** In levels. Deeper levels keep this indent, because a few KB of brackets would make a page of many MB. */
const MAX_INDENT = 20;

/**
 * JSON text as HTML, indented, with a span for each token. It reads the text and parses no value, so the order of keys,
 * the spelling of numbers and repeated keys stay as they were written. Text that is not JSON is escaped.
 */
export function highlightJson(text: string): string {
  let html = '';
  let depth = 0;
  let opened = false;
  const newLine = () => `\n${INDENT.repeat(Math.min(depth, MAX_INDENT))}`;
  for (const [, string, colon, number, word, mark, , other] of text.matchAll(TOKEN)) {
    const isClosing = mark === '}' || mark === ']';
    if (opened && !isClosing && (string ?? number ?? word ?? mark ?? other) !== undefined) html += newLine();
    if (string !== undefined) {
      html += span(colon === undefined ? 'string' : 'key', string) + (colon === undefined ? '' : ': ');
    } else if (number !== undefined) html += span('number', number);
    else if (word !== undefined) html += span('word', word);
    else if (isClosing) {
      depth = Math.max(0, depth - 1);
      html += (opened ? '' : newLine()) + mark;
    } else if (mark === ',') html += `,${newLine()}`;
    else if (mark === '{' || mark === '[') {
      html += mark;
      depth += 1;
    } else if (mark !== undefined) html += mark;
    else if (other !== undefined) html += escapeHtml(other);
    else continue;
    opened = mark === '{' || mark === '[';
  }
  return html;
}

const span = (kind: string, text: string) => `<span class="json-${kind}">${escapeHtml(text)}</span>`;

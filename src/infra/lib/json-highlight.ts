import { escapeHtml } from './escape-html.ts';

const TOKEN =
  /("(?:[^"\\]|\\.)*(?:"|$))(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([{}[\],:])|(\s+)|([^\s"{}[\],:]+|")/g;
const INDENT = '  ';
/** Deeper levels are no further to the right: else a few kilobytes of brackets make a page of many megabytes. */
const MAX_INDENT = 20;

/**
 * JSON text as HTML: indented, its tokens in spans by kind. It works on the text, never on a parsed value, so key order,
 * number spelling and repeated keys stay as they were written. What is not JSON comes through escaped.
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

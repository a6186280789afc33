import { escapeHtml } from '../lib/escape-html.ts';

const LONGEST_LABEL = 60;

/** A block of code. The script that copies adds its button: in the page of each block it would be a sixth of the bytes. */
export function codeBlock(code: string, label = firstLine(code)): string {
  return `<div class="code-block" data-copyable><pre tabindex="0" role="region" aria-label="${escapeHtml(label)}"><code>${escapeText(code)}</code></pre></div>\n`;
}

function firstLine(code: string): string {
  const [line = ''] = code.split('\n');
  return line.length > LONGEST_LABEL ? `${line.slice(0, LONGEST_LABEL)}…` : line;
}

/** Between tags quotes are no danger, and as entities they would make the samples a tenth larger. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

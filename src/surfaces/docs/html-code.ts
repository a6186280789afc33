import { escapeHtml } from '#src/infra/lib/escape-html.ts';

const MAX_LABEL = 60;

/** A block of code with a copy button. CSS draws the button's icon, because a page has many of these buttons. */
export function codeBlock(code: string, label = firstLine(code)): string {
  const name = escapeHtml(label);
  return (
    `<div class="code-block"><pre tabindex="0" role="region" aria-label="${name}"><code>${escapeText(code)}</code></pre>` +
    `<button class="copy-button" type="button" hidden data-copy="${escapeHtml(commandsOf(code))}">` +
    `<span class="visually-hidden">Copy: ${name}</span></button></div>\n`
  );
}

/** The commands to copy from a terminal transcript. Empty for code, because the button then copies the whole block. */
function commandsOf(code: string): string {
  if (!code.startsWith('$ ')) return '';
  return Array.from(code.matchAll(/^\$ ((?:.*\\\n)*.*)/gm), ([, command]) => command).join('\n');
}

export function firstLine(code: string): string {
  const [line = ''] = code.split('\n');
  return line.length > MAX_LABEL ? `${line.slice(0, MAX_LABEL)}…` : line;
}

/** Leaves quotes as they are: safe between tags, and as entities they would make the samples a tenth larger. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

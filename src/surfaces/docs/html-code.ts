import { escapeHtml } from '#src/infra/lib/escape-html.ts';

const MAX_LABEL = 60;

/** A block of code with a button that copies it. The button's icon is drawn by the styles, because there are many. */
export function codeBlock(code: string, label = firstLine(code)): string {
  const name = escapeHtml(label);
  return (
    `<div class="code-block"><pre tabindex="0" role="region" aria-label="${name}"><code>${escapeText(code)}</code></pre>` +
    `<button class="copy-button" type="button" hidden data-copy="${escapeHtml(commandsOf(code))}">` +
    `<span class="visually-hidden">Copy: ${name}</span></button></div>\n`
  );
}

/** Of a terminal's transcript only what is typed is copied; of code all that is shown, which is not repeated here. */
function commandsOf(code: string): string {
  if (!code.startsWith('$ ')) return '';
  return Array.from(code.matchAll(/^\$ ((?:.*\\\n)*.*)/gm), ([, command]) => command).join('\n');
}

function firstLine(code: string): string {
  const [line = ''] = code.split('\n');
  return line.length > MAX_LABEL ? `${line.slice(0, MAX_LABEL)}…` : line;
}

/** Between tags quotes are no danger, and as entities they would make the samples a tenth larger. */
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

import { Marked, type RendererObject, type Tokens } from 'marked';
import { icon } from '#src/surfaces/html/icons.ts';
import { escapeHtml } from '#src/infra/lib/escape-html.ts';
import { SAMPLES_MARK } from './article.ts';
import { codeBlock, firstLine } from './html-code.ts';
import { showSamples, type Shown } from './html-samples.ts';

export interface Rendered {
  html: string;
  /** The second-level headings, for the table of contents. */
  chapters: { id: string; title: string }[];
}

/** The article as HTML with the components of our pages: code blocks to copy, tables that stack, notices. */
export function toHtml(article: string, shown: Shown): Rendered {
  const chapters: Rendered['chapters'] = [];
  const marked = new Marked({ renderer: rendererOf(shown, chapters) });
  return { html: marked.parse(article, { async: false }), chapters };
}

function rendererOf(shown: Shown, chapters: Rendered['chapters']): RendererObject {
  // Blocks that begin alike are told apart by their numbers.
  const labels = new Map<string, number>();
  const uniqueLabel = (label: string) => {
    const count = (labels.get(label) ?? 0) + 1;
    labels.set(label, count);
    return count === 1 ? label : `${label} (${String(count)})`;
  };
  return {
    heading({ depth, text, tokens }) {
      if (depth === 1) return `<h1>${escapeHtml(text)}</h1>\n`;
      const id = slugOf(text);
      if (depth === 2) chapters.push({ id, title: text });
      const tag = `h${String(depth)}`;
      return `<${tag} id="${id}"><a href="#${id}">${this.parser.parseInline(tokens)}</a></${tag}>\n`;
    },
    code: ({ text }) => codeBlock(text, uniqueLabel(firstLine(text))),
    html: ({ text }) => text.replace(SAMPLES_MARK, (_mark, set: string) => showSamples(set, shown)),
    table({ header, rows }) {
      const inline = ({ tokens }: Tokens.TableCell) => this.parser.parseInline(tokens);
      const label = header.map(({ text }) => text).join(', ');
      const head = header.map(
        (cell) => `<th scope="col"${isNumber(cell) ? ' class="num"' : ''}>${inline(cell)}</th>`,
      );
      const body = rows.map((row) => {
        const cells = row.map((cell, index) => {
          if (index === 0) return `<th class="cell-main" scope="row">${inline(cell)}</th>`;
          const stacked = ` class="num" data-label="${escapeHtml(header[index]?.text ?? '')}"`;
          return `<td${isNumber(cell) ? stacked : ''}>${inline(cell)}</td>`;
        });
        return `<tr>${cells.join('')}</tr>\n`;
      });
      return (
        `<div class="table-wrap" role="region" aria-label="${escapeHtml(label)}"><table class="table table-stack">` +
        `<thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>\n`
      );
    },
    blockquote({ text, tokens }) {
      const inner = this.parser.parse(tokens);
      if (!text.startsWith('warning\n')) return `<blockquote>${inner}</blockquote>\n`;
      const words = inner.replace('<p>warning\n', '<p>');
      return `<div class="notice notice-warning">${icon('warning')}${words}</div>\n`;
    },
  };
}

function isNumber({ align }: Tokens.TableCell): boolean {
  return align === 'right';
}

function slugOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

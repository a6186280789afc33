import type { ExportType } from './export-options.ts';

/** The lines of an export, counted by type. */
export class Lines {
  readonly #counts = new Map<ExportType, number>();

  get counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  /** One line of JSON. A `value` that is a string is JSON text already. */
  line(type: ExportType, value: object | string): string {
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return unlined(`{"type":"${type}",${text.slice(1)}`);
  }
}

export const plainLine = (value: object) => `${JSON.stringify(value)}\n`;

/** A line break in JSON text only occurs between tokens, where a space is equivalent. */
function unlined(text: string): string {
  return `${text.replace(/[\r\n]/g, ' ')}\n`;
}

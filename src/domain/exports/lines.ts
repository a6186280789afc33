import type { ExportType } from './export-options.ts';

/** The lines of an export, counted by type. */
export class Lines {
  readonly #counts = new Map<ExportType, number>();

  get counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  /** `value` as JSON text, or what is to be written so, in a line of its own. */
  line(type: ExportType, value: object | string): string {
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return unlined(`{"type":"${type}",${text.slice(1)}`);
  }
}

export const plainLine = (value: object) => `${JSON.stringify(value)}\n`;

/** Inside of JSON a line break can only stand between tokens, where a space means the same. */
function unlined(text: string): string {
  return `${text.replace(/[\r\n]/g, ' ')}\n`;
}

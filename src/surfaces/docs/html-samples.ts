import { escapeHtml } from '#src/infra/lib/escape-html.ts';
import { codeBlock } from './html-code.ts';
import { isSampleSet, type Language, readSamples } from '#src/surfaces/html/samples.ts';

export interface Shown {
  origin: string;
  language: Language;
}

/**
 * The sample in the chosen language, below links to the others. One choice for all sets of the page, without script.
 */
export function showSamples(set: string, { origin, language }: Shown): string {
  if (!isSampleSet(set)) throw new Error(`The article names samples that do not exist: ${set}`);
  const samples = readSamples(set, origin);
  const current = samples.find((sample) => sample.language === language) ?? samples[0];
  if (current === undefined) throw new Error(`There are no samples of ${set}`);
  const block = codeBlock(current.code, current.heading);
  if (samples.length === 1) return block;
  const links = samples.map((sample) => {
    const mark = sample === current ? ' aria-current="true"' : '';
    return `<li><a href="?language=${sample.language}#samples-${set}"${mark}>${escapeHtml(sample.name)}</a></li>`;
  });
  return `<div class="samples" id="samples-${set}"><ul>${links.join('')}</ul>\n${block}</div>\n`;
}

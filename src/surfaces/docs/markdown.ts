import { SAMPLES_MARK } from './article.ts';
import { isSampleSet, readSamples } from '#src/surfaces/html/samples.ts';

/** The article as Markdown to paste into Heroku's Dev Center, with every sample under its own heading. */
export function toMarkdown(article: string, origin: string): string {
  return article.replace(SAMPLES_MARK, (_mark, set: string) => {
    if (!isSampleSet(set)) throw new Error(`The article names samples that do not exist: ${set}`);
    return readSamples(set, origin)
      .map(({ heading, fence, code }) => `#### ${heading}\n\n\`\`\`${fence}\n${code}\n\`\`\``)
      .join('\n\n');
  });
}

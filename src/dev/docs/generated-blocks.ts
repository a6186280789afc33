import { stateDiagram } from '#src/domain/deliveries/state-diagram.ts';
import { describeConfig } from './describe-config.ts';

/** A part of a document that code writes, between two comments that name it. */
export interface GeneratedBlock {
  /** Path from the root of the repository. */
  file: string;
  marker: string;
  text(): string;
}

export const GENERATED_BLOCKS: readonly GeneratedBlock[] = [
  { file: 'README.md', marker: 'environment', text: describeConfig },
  {
    file: 'src/ARCHITECTURE.md',
    marker: 'deliveries',
    text: () => ['```mermaid', stateDiagram(), '```'].join('\n'),
  },
];

/** `document` with the block's text between its markers. Throws when the markers are not there. */
export function withBlock(document: string, { file, marker, text }: GeneratedBlock): string {
  const begin = `<!-- ${marker}: written by npm run docs -->\n`;
  const end = `<!-- end of ${marker} -->`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`${file} lacks the markers of ${marker}`);
  return `${document.slice(0, from)}${begin}\n${text()}\n\n${document.slice(to)}`;
}

const MAX_WIDTH = 120;

/** `text` in lines of at most 120 characters, the second and later ones behind `indent`. */
export function wrap(text: string, { indent }: { indent: string }): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= MAX_WIDTH) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = indent + word;
  }
  return [...lines, line].join('\n');
}

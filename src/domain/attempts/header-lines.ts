// How the headers of an answer are stored: as HTTP writes them, which is shorter than any list.

export type Header = [name: string, value: string];

/** One line a header. Neither names nor values can hold a line break (RFC 9110, section 5.5). */
export function headerLines(headers: Header[]): string {
  return headers.map(([name, value]) => `${name}: ${value}`).join('\n');
}

export function parseHeaderLines(lines: string): Header[] {
  if (lines === '') return [];
  return lines.split('\n').map((line) => {
    const end = line.indexOf(': ');
    return [line.slice(0, end), line.slice(end + 2)];
  });
}

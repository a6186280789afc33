// The stored form of a response's headers: one line each, as in HTTP, because that is shorter than JSON.

export type Header = [name: string, value: string];

/** One line a header, because neither names nor values can contain a line break (RFC 9110, section 5.5). */
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

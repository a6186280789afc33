const MARK = '"n":"';
const DIGITS = 10;

/** The `data` of a message, `bytes` long; its number is written into it and read out of it in place. */
export function numberedData(bytes: number): { n: string; text: string } {
  const data = { n: '0'.repeat(DIGITS), text: '' };
  return { ...data, text: words(Math.max(0, bytes - JSON.stringify(data).length)) };
}

/** Where the number stands in `text`, which holds {@link numberedData} as JSON. */
export function numberOffset(text: Buffer): number {
  const mark = text.indexOf(MARK, 0, 'latin1');
  if (mark === -1) throw new Error('The body has no number');
  return mark + MARK.length;
}

export function writeNumber(text: Buffer, offset: number, number: number): void {
  text.write(String(number).padStart(DIGITS, '0'), offset, 'latin1');
}

/** The number of the message in `body`, whatever stands around its data; NaN when there is none. */
export function readNumber(body: Buffer): number {
  const mark = body.indexOf(MARK, 0, 'latin1');
  if (mark === -1) return Number.NaN;
  const start = mark + MARK.length;
  return Number(body.toString('latin1', start, start + DIGITS));
}

const VOCABULARY = 100;

/** The same each time, and about as hard to compress as JSON is: one letter over and over would cost no WAL. */
function words(length: number): string {
  let state = 42;
  const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8;
  const vocabulary = Array.from({ length: VOCABULARY }, () => random().toString(36));
  let text = '';
  while (text.length < length) text += `${vocabulary[random() % VOCABULARY] ?? ''} `;
  return text.slice(0, length);
}

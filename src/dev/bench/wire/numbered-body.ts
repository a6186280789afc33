const MARK = '"n":"';
const DIGITS = 10;

/** The `data` of a message, `bytes` long as JSON. The number is a fixed-width field, so it is replaced in place. */
export function numberedData(bytes: number): { n: string; text: string } {
  const data = { n: '0'.repeat(DIGITS), text: '' };
  return { ...data, text: words(Math.max(0, bytes - JSON.stringify(data).length)) };
}

/** The offset of the number in `text`, which contains {@link numberedData} as JSON. Throws without a number. */
export function numberOffset(text: Buffer): number {
  const mark = text.indexOf(MARK, 0, 'latin1');
  if (mark === -1) throw new Error('The body has no number');
  return mark + MARK.length;
}

export function writeNumber(text: Buffer, offset: number, number: number): void {
  text.write(String(number).padStart(DIGITS, '0'), offset, 'latin1');
}

/** The number in `body`, whatever surrounds the data; NaN without a number. */
export function readNumber(body: Buffer): number {
  const mark = body.indexOf(MARK, 0, 'latin1');
  if (mark === -1) return Number.NaN;
  const start = mark + MARK.length;
  return Number(body.toString('latin1', start, start + DIGITS));
}

const VOCABULARY = 100;

/** Deterministic words that compress about as well as JSON, because one repeated letter would cost no WAL. */
function words(length: number): string {
  let state = 42;
  const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 8;
  const vocabulary = Array.from({ length: VOCABULARY }, () => random().toString(36));
  let text = '';
  while (text.length < length) text += `${vocabulary[random() % VOCABULARY] ?? ''} `;
  return text.slice(0, length);
}

/**
 * Whether `value` is a multiple of `divisor` as the decimals that they are written as (JSON Schema 6.2.1), and not as
 * the binary fractions next to them, of which 19.99 is no multiple of 0.01. `divisor` is above 0.
 */
export function isDecimalMultiple(value: number, divisor: number): boolean {
  if (Number.isInteger(value) && Number.isInteger(divisor)) return value % divisor === 0;
  const [ours, theirs] = [decimalOf(value), decimalOf(divisor)];
  const exponent = Math.min(ours.exponent, theirs.exponent);
  return scaled(ours, exponent) % scaled(theirs, exponent) === 0n;
}

interface Decimal {
  digits: bigint;
  /** Of ten. */
  exponent: number;
}

/** A finite number as its shortest decimal: at most 17 digits. */
function decimalOf(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = value.toString().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

/** At most 650 digits, because a double's exponents are within 324 of 0. */
const scaled = ({ digits, exponent }: Decimal, to: number): bigint => digits * 10n ** BigInt(exponent - to);

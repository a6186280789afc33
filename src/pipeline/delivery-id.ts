/**
 * The id of a message's delivery to an endpoint: the message's time and the random bits of both, as a UUIDv8
 * (RFC 9562, section 5.8). Computed rather than stored, so it is the same before a delivery has a row and after a crash.
 */
export function deliveryId(messageId: string, endpointId: string): string {
  const message = BigInt(`0x${messageId.replaceAll('-', '')}`);
  const endpoint = BigInt(`0x${endpointId.replaceAll('-', '')}`);
  const mixed = (message ^ (endpoint & RANDOM_BITS)) & ~VERSION_AND_VARIANT;
  const digits = (mixed | VERSION_8_RFC_VARIANT).toString(16).padStart(32, '0');
  return (
    `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}` +
    `-${digits.slice(16, 20)}-${digits.slice(20)}`
  );
}

const RANDOM_BITS = 0x0000_0000_0000_0fff_3fff_ffff_ffff_ffffn;
const VERSION_AND_VARIANT = 0x0000_0000_0000_f000_c000_0000_0000_0000n;
const VERSION_8_RFC_VARIANT = 0x0000_0000_0000_8000_8000_0000_0000_0000n;

/**
 * The id of a message's delivery to an endpoint: the message's time and the other bits of both, as a UUIDv8 (RFC 9562,
 * section 5.8). Computed rather than stored, so it is the same before a delivery has a row and after a crash. The
 * random bits of one id meet the counter of the other, because the counters of a batch and of its endpoints differ in
 * few bits.
 */
export function deliveryId(messageId: string, endpointId: string): string {
  const mixed = (start: number, end: number, ofEndpoint = start) =>
    Number.parseInt(messageId.slice(start, end), 16) ^
    Number.parseInt(endpointId.slice(ofEndpoint, ofEndpoint + end - start), 16);
  const hex = (bits: number, digits: number) => (bits >>> 0).toString(16).padStart(digits, '0');
  // The digits after the version, and those of the variant with the bits that belong to it.
  const afterVersion = hex(mixed(15, 18), 3);
  const variant = hex((mixed(19, 23) & 0x3fff) | 0x8000, 4);
  return `${messageId.slice(0, 13)}-8${afterVersion}-${variant}-${hex(mixed(24, 30, 30), 6)}${hex(mixed(30, 36, 24), 6)}`;
}

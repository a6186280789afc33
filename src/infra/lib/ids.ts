import { randomFillSync } from 'node:crypto';

const RANDOM_POOL_BYTES = 8192;
const pool = Buffer.alloc(RANDOM_POOL_BYTES);
let poolOffset = RANDOM_POOL_BYTES;

/**
 * A UUIDv7 (RFC 9562, section 5.7): 48 bits of `timeMs`, 74 random bits. Ids sort by the millisecond in which they were
 * made, so that the tables of the data plane can be partitioned by range of id.
 */
export function uuidv7(timeMs: number): string {
  if (poolOffset + 10 > RANDOM_POOL_BYTES) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  const random = pool.toString('hex', poolOffset, poolOffset + 10);
  poolOffset += 10;
  const time = timeMs.toString(16).padStart(12, '0');
  const variant = ((Number.parseInt(random.charAt(4), 16) & 0x3) | 0x8).toString(16);
  return (
    `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(1, 4)}` +
    `-${variant}${random.slice(5, 8)}-${random.slice(8, 20)}`
  );
}

/** The millisecond, since the epoch, in which an id was made that begins with the 48 bits of a UUIDv7. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** The smallest id that {@link uuidv7} can make at `timeMs`; turns "since" and "until" into ranges of ids. */
export function firstIdAt(timeMs: number): string {
  const time = Math.max(0, Math.floor(timeMs)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

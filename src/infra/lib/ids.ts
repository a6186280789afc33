import { randomFillSync, randomInt } from 'node:crypto';

const RANDOM_POOL_BYTES = 8192;
const pool = Buffer.alloc(RANDOM_POOL_BYTES);
let poolOffset = RANDOM_POOL_BYTES;

/** Bits of the counter: `rand_a`, and the first 38 of `rand_b`. They stay exact in a number. */
const COUNTER_END = 2 ** 50;
const BITS_36 = 2 ** 36;
const BITS_38 = 2 ** 38;
let counter = newCounter();

/**
 * A UUIDv7 (RFC 9562, section 5.7): 48 bits of `timeMs`, a counter of 50 bits, 24 random bits. Ids sort by millisecond,
 * so that the tables of the data plane can be partitioned by range of id, and those that this process makes in one
 * millisecond sort as they were made (section 6.2, methods 1 and 2). The counter never begins anew, because callers
 * give different times in turn. It grows by random steps, so that two ids do not tell how many were made between them.
 */
export function uuidv7(timeMs: number): string {
  if (poolOffset + 4 > RANDOM_POOL_BYTES) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  counter += 1 + pool.readUInt8(poolOffset);
  if (counter >= COUNTER_END) counter = newCounter();
  const random = pool.toString('hex', poolOffset + 1, poolOffset + 4);
  poolOffset += 4;
  const time = timeMs.toString(16).padStart(12, '0');
  const high = Math.floor(counter / BITS_38)
    .toString(16)
    .padStart(3, '0');
  const variant = (0x8 | (Math.floor(counter / BITS_36) & 0x3)).toString(16);
  const low = (counter % BITS_36).toString(16).padStart(9, '0');
  return (
    `${time.slice(0, 8)}-${time.slice(8)}-7${high}` + `-${variant}${low.slice(0, 3)}-${low.slice(3)}${random}`
  );
}

/** Random, so that processes do not make the same id in one millisecond; and years from the end. */
function newCounter(): number {
  return randomInt(2 ** 48 - 1);
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

/** Whether `text` has the form of an id that {@link uuidv7} makes. */
export function isUuidv7(text: string): boolean {
  return UUID.test(text) && text.charAt(14) === '7';
}

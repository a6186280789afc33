import { z } from 'zod';

/** RFC 5321, section 4.5.3.1.3: a path is at most 256 octets with its brackets. */
const MAX_CHARACTERS = 254;

/** An address that mail can be sent to; the messages are predicates. */
export const email = z
  .email('must be an address, like ada@example.com')
  .max(MAX_CHARACTERS, `must be at most ${String(MAX_CHARACTERS)} characters long`);

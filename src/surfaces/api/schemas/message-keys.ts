import { text } from './fields.ts';

// By which keys of its sender a message is put in order, or replaces another.

export const orderingKey = text(255).min(1);
export const ORDERED =
  'At endpoints with `ordering: fifo` it is sent after the earlier messages with this key.';

export const coalesceKey = text(255).min(1);
export const COALESCED =
  'At endpoints with `coalesce` it replaces the earlier message with this key that still waits.';

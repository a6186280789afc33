import assert from 'node:assert/strict';
import type { Pool } from 'pg';
import type { DeliveryState } from '#src/domain/deliveries/delivery.ts';
import { TRANSITIONS } from '#src/domain/deliveries/transitions.ts';

/** Writes down every move of a row of `deliveries` from now on, whoever makes it. */
export async function recordMoves(pool: Pool): Promise<void> {
  await pool.query(`
    create table delivery_moves (from_state text, to_state text, unique nulls not distinct (from_state, to_state));
    create function record_delivery_move() returns trigger language plpgsql as $$
    begin
      insert into delivery_moves values (case tg_op when 'UPDATE' then old.state end, new.state) on conflict do nothing;
      return null;
    end $$;
    create trigger record_move after insert or update of state on deliveries
      for each row execute function record_delivery_move()`);
}

/** Every move that was recorded is a transition that is listed. Answers how many kinds of moves there were. */
export async function assertMovesAreListed(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ from: DeliveryState | null; to: DeliveryState }>(
    'select from_state as "from", to_state as "to" from delivery_moves',
  );
  // What had no row was new, pending, or delivered at the first attempt.
  const origins = (from: DeliveryState | null) => (from === null ? [null, 'pending', 'delivered'] : [from]);
  const unlisted = rows.filter(
    (row) => !TRANSITIONS.some(({ from, to }) => origins(row.from).includes(from) && to === row.to),
  );
  assert.deepEqual(unlisted, [], 'moves of deliveries that no transition lists');
  return rows.length;
}

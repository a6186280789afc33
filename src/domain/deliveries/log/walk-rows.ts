import type { Pool } from 'pg';
import type { DeliveryState } from '#src/domain/deliveries/delivery.ts';
import { placeOf } from '#src/infra/lib/place.ts';
import type { FoundDelivery } from './listed-delivery.ts';
import { partsOf, placeAfter } from './place.ts';
import type { Part, Walk } from './walk.ts';

/** States that only a row says, and that few deliveries have, so that rows are walked and not messages. */
const ONLY_IN_ROWS: readonly DeliveryState[] = ['failed', 'held', 'ignored', 'scheduled', 'discarded'];

export const areOnlyInRows = (states: readonly DeliveryState[]) =>
  states.every((state) => ONLY_IN_ROWS.includes(state));

/** Rows that one step looks at; the first looks at fewer, because it often finds all that a page holds. */
const FIRST_ROWS = 250;
const MAX_ROWS = 4000;
/** Of very many endpoints a step looks at fewer, because it reads as many of each; but not at less than a page has. */
const MAX_OF_ENDPOINTS = 10_000;
const MIN_ROWS = 32;

type RowsWalk = Walk & { states: readonly DeliveryState[] };
type Row = FoundDelivery & { place: string; isMatch: boolean };

/**
 * Walks over rows of `deliveries` by app and state, or by endpoint through its partial indexes, of which none has what
 * is discarded.
 */
export async function* walkRows(pool: Pool, walk: RowsWalk): AsyncGenerator<Part> {
  let { from, to } = walk.range;
  const most = mostRows(walk);
  for (let limit = Math.min(FIRST_ROWS, most); from < to; limit = Math.min(limit * 4, most)) {
    const rows = await readRows(pool, { ...walk, range: { from, to } }, limit);
    const last = rows.at(-1);
    if (last === undefined) return;
    const place = placeOf(last.messageId, last.endpointId);
    const found = rows.filter(({ isMatch }) => isMatch).map(({ isMatch: _, ...delivery }) => delivery);
    yield { found, through: place };
    if (rows.length < limit) return;
    if (walk.isBackwards) from = placeAfter(place);
    else to = place;
  }
}

/** The endpoints by whose indexes the rows are found; undefined: they are found by app. */
const endpointsByIndex = ({ endpointIds, states }: RowsWalk) =>
  states.includes('discarded') ? undefined : endpointIds;

/** Rows that one step looks at, at most. */
function mostRows(walk: RowsWalk): number {
  const ofEach = Math.floor(MAX_OF_ENDPOINTS / (endpointsByIndex(walk)?.length ?? 1));
  return Math.min(MAX_ROWS, Math.max(MIN_ROWS, ofEach));
}

/** Rows in the order of the walk: all that are in their place, those that match among them with `isMatch`. */
async function readRows(pool: Pool, walk: RowsWalk, limit: number): Promise<Row[]> {
  const { app, range, isBackwards, endpointIds, eventType } = walk;
  const [from, to] = [partsOf(range.from), partsOf(range.to)];
  const values: unknown[] = [
    app.accountId,
    app.id,
    from.messageId,
    from.endpointId,
    to.messageId,
    to.endpointId,
  ];
  const bind = (value: unknown) => `$${String(values.push(value))}`;
  const between = `message_id >= $3 and message_id <= $5 and (message_id, endpoint_id) >= ($3, $4)
    and (message_id, endpoint_id) < ($5, $6)`;
  const way = isBackwards ? 'asc' : 'desc';
  const order = `order by message_id ${way}, endpoint_id ${way} limit ${bind(limit)}`;
  const indexed = endpointsByIndex(walk);
  const scanned =
    indexed === undefined
      ? `select of_app.* from (${walk.states
          .map(
            (state) => `(select ${COLUMNS} from deliveries where account_id = $1 and app_id = $2
            and state = '${state}' and ${between} ${order})`,
          )
          .join(' union all ')}) of_app ${order}`
      : `select of_endpoint.* from unnest(${bind(indexed)}::uuid[]) as wanted(id) cross join lateral (
           ${partsByIndex(walk.states)
             .map(
               (some) => `(select ${COLUMNS} from deliveries where account_id = $1 and endpoint_id = wanted.id
                 and state in (${literals(some)}) and ${between} ${order})`,
             )
             .join(' union all ')}
         ) of_endpoint ${order}`;
  const { rows } = await pool.query<Row>(
    `select message_id as "messageId", scanned.endpoint_id as "endpointId", state, reason,
       attempts_made as "attemptsMade", next_attempt_at as "nextAttemptAt", event_type as "eventType",
       event_type is not null as "isMatch"
     from (${scanned}) scanned left join lateral (
       select event_type from messages where messages.account_id = $1 and messages.app_id = $2
         and messages.id = scanned.message_id and scanned.app_id = $2
         and (${bind(walk.reason ?? null)}::text is null or scanned.reason = ${bind(walk.reason ?? null)}) and scanned.state in (${literals(walk.states)})
         and (${bind(endpointIds ?? null)}::uuid[] is null or scanned.endpoint_id = any(${bind(endpointIds ?? null)}))
         and (${bind(eventType ?? null)}::text is null or event_type = ${bind(eventType ?? null)}) offset 0
     ) message on true order by message_id ${way}, scanned.endpoint_id ${way}`,
    values,
  );
  return rows;
}

const COLUMNS = 'message_id, endpoint_id, app_id, state, reason, attempts_made, next_attempt_at';

/** The states of each partial index apart, because the planner uses one only where the statement names its states. */
const INDEXED: DeliveryState[][] = [['failed', 'held'], ['ignored'], ['scheduled']];

function partsByIndex(states: readonly DeliveryState[]): DeliveryState[][] {
  const parts = INDEXED.map((some) => some.filter((state) => states.includes(state)));
  return parts.filter((some) => some.length > 0);
}

/** Names of states are constants of ours. */
const literals = (states: readonly DeliveryState[]) => states.map((state) => `'${state}'`).join(', ');

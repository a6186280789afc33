import { DELIVERY_STATES, type DeliveryState } from './delivery.ts';
import { type Transition, TRANSITIONS } from './transitions.ts';

/** The states that share their ends are drawn as one, which an arrow leaves. */
const OUTSTANDING = (Object.keys(DELIVERY_STATES) as DeliveryState[]).filter(
  (state) => DELIVERY_STATES[state].isOutstanding,
);

/**
 * The life of a delivery as a Mermaid state diagram: the transitions but for those of imports and retention. Moves
 * between the same two states share an arrow.
 */
export function stateDiagram(): string {
  const arrows = new Map<string, Set<string>>();
  for (const move of TRANSITIONS) {
    if (move.by === 'import-deliveries' || move.by === 'forget-deliveries') continue;
    const arrow = `${leaves(move)} --> ${move.to ?? '[*]'}`;
    arrows.set(arrow, (arrows.get(arrow) ?? new Set()).add(move.on));
  }
  const lines = [...arrows].map(([arrow, causes]) => `  ${arrow}: ${[...causes].join('; ')}`);
  const group = ['  state outstanding {', ...OUTSTANDING.map((state) => `    ${state}`), '  }'];
  return ['stateDiagram-v2', ...group, ...lines].join('\n');
}

/** What the arrow leaves: all that is outstanding, where all of it makes the same move out. */
function leaves({ from, to, on }: Transition): string {
  if (from === null) return '[*]';
  const isOut = OUTSTANDING.includes(from) && (to === null || !OUTSTANDING.includes(to));
  const makesIt = (state: DeliveryState) =>
    TRANSITIONS.some((other) => other.from === state && other.to === to && other.on === on);
  return isOut && OUTSTANDING.every(makesIt) ? 'outstanding' : from;
}

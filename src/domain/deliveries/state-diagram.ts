import { TRANSITIONS } from './transitions.ts';

/**
 * The life of a delivery as a Mermaid state diagram: the transitions but for those of imports and retention. Moves
 * between the same two states share an arrow.
 */
export function stateDiagram(): string {
  const arrows = new Map<string, Set<string>>();
  for (const { from, to, on, by } of TRANSITIONS) {
    if (by === 'import-deliveries' || by === 'forget-deliveries') continue;
    const arrow = `${from ?? '[*]'} --> ${to ?? '[*]'}`;
    arrows.set(arrow, (arrows.get(arrow) ?? new Set()).add(on));
  }
  const lines = [...arrows].map(([arrow, causes]) => `  ${arrow}: ${[...causes].join('; ')}`);
  return ['stateDiagram-v2', ...lines].join('\n');
}

import { TRANSITIONS } from './transitions.ts';

/** The states and transitions as a Mermaid state diagram; moves between the same two states share an arrow. */
export function stateDiagram(): string {
  const arrows = new Map<string, Set<string>>();
  for (const { from, to, on } of TRANSITIONS) {
    const arrow = `${from ?? '[*]'} --> ${to ?? '[*]'}`;
    arrows.set(arrow, (arrows.get(arrow) ?? new Set()).add(on));
  }
  const lines = [...arrows].map(([arrow, causes]) => `  ${arrow}: ${[...causes].join('; ')}`);
  return ['stateDiagram-v2', ...lines].join('\n');
}

import type { Replay } from '../../replays/replay.ts';

export function presentReplay({ id, status, total, done, createdAt }: Replay) {
  return { id, status, total, done, created_at: createdAt };
}

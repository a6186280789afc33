import type { ServerResponse } from 'node:http';
import { type Receiver, startReceiver } from './receiver.ts';

export interface HeldReceiver extends Receiver {
  /** Answers 200 to the request that has waited longest. */
  answerOne(): void;
  /** Answers 200 to all requests that wait, and from now on to each as it arrives. */
  release(): void;
}

/** A receiver that answers nothing until it is told to: what happens meanwhile happened without an answer. */
export async function startHeldReceiver(): Promise<HeldReceiver> {
  const held: ServerResponse[] = [];
  let isReleased = false;
  const answerOne = () => void held.shift()?.writeHead(200).end();
  const receiver = await startReceiver(({ response }) => {
    held.push(response);
    if (isReleased) answerOne();
  });
  const release = () => {
    isReleased = true;
    while (held.length > 0) answerOne();
  };
  return { ...receiver, answerOne, release };
}

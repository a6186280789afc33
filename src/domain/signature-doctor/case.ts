import type { Deviation } from './deviation.ts';

/** How the two kinds of signatures are made: ours, and that of Standard Webhooks 1.0. */
export type Scheme = 'own' | 'standard';

/** What a receiver's developer has at hand. Empty texts were not given. */
export interface Pasted {
  headers: string;
  body: string;
  /** The signature that the code made. */
  computed: string;
  /** The secret that the code has. */
  secret: string;
}

/** What we know of the endpoint. */
export interface Known {
  secret: string;
  /** Those before the last rotations. */
  previous: string[];
  /** Of the subscriber's other endpoints, by URL. */
  others: { url: string; secret: string }[];
  headerPrefix: string;
  /** The body that was sent, as text, if the message is known. */
  sentBody: string | null;
}

/** A signature with what else its making needs. */
export interface Found {
  scheme: Scheme;
  digests: Buffer[];
  id: string;
  /** Unix time, as it was written. */
  seconds: string;
}

export interface Diagnosis {
  /** `genuine`: what was pasted is signed right. `broken`: it is not. `unsigned`: there is no signature to look at. */
  request: 'genuine' | 'broken' | 'unsigned';
  mistakes: Deviation[];
  /** Whether the code made the right signature, so that its comparison goes wrong; null: it was not given. */
  isComputedRight: boolean | null;
}

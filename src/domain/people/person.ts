/** Somebody who signs in with an address, which is proved, and a password. */
export interface Person {
  id: string;
  email: string;
}

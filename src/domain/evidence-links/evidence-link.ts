/** A link by which whoever has it sees what became of a message at one endpoint. */
export interface EvidenceLink {
  id: string;
  accountId: string;
  appId: string;
  messageId: string;
  endpointId: string;
  /** Whether it shows the payload, and the bodies of the answers. */
  showsPayload: boolean;
  /** Who made it: an address, or what kind of actor. */
  createdBy: string;
  createdAt: Date;
  expiresAt: Date;
}

/** For how many seconds a link may be good. */
export const LIFETIME_SECONDS = { min: 3600, usual: 7 * 86_400, max: 30 * 86_400 };

/** Presented to servers that ask for one (mutual TLS). */
export interface ClientCertificate {
  /** PEM, the chain after it. */
  certificate: string;
  /** PEM. */
  privateKey: string;
  /** Another one for each other pair: connections are pooled by it. */
  fingerprint: string;
}

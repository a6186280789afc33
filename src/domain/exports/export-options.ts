export const EXPORT_TYPES = [
  'account',
  'app',
  'webhook_event',
  'transformation',
  'subscription',
  'endpoint',
  'hook_helper',
  'message',
  'delivery',
  'attempt',
] as const;
export type ExportType = (typeof EXPORT_TYPES)[number];

export interface ExportOptions {
  include: readonly ExportType[];
  /** Bounds of the creation time of messages and attempts. */
  since?: Date | undefined;
  until?: Date | undefined;
  /** Whether endpoints include their signing secrets, which a move to another service needs. */
  withSecrets: boolean;
}

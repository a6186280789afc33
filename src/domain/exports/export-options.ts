export const EXPORT_TYPES = [
  'account',
  'app',
  'webhook_event',
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
  /** Of messages and attempts, by when they were made. */
  since?: Date | undefined;
  until?: Date | undefined;
  /** Whether endpoints come with their signing secrets, as whoever moves to another service needs them. */
  withSecrets: boolean;
}

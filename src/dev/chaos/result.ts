/** How a chaos run ended, in messages; `repeated` counts requests that came once more. */
export interface ChaosResult {
  run: string;
  accepted: number;
  delivered: number;
  repeated: number;
  lost: number;
}

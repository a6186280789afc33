import { CannotStart } from '#src/infra/lib/cannot-start.ts';

/** Ports that browsers and `fetch` open no page at: "bad port" in the Fetch standard. */
export const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  ...[
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
    109,
  ],
  ...[
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526,
    530,
  ],
  ...[
    531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045,
    4190,
  ],
  ...[5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080],
]);

/** EX_CONFIG of sysexits.h, as for every invalid environment. */
const EXIT_CONFIG = 78;

/** Throws CannotStart for a port whose pages nobody could open, nor the demonstration. */
export function refuseBlockedPort(port: number): void {
  if (!BLOCKED_PORTS.has(port)) return;
  throw new CannotStart(
    `PORT: browsers open no page at port ${String(port)}, which is of another protocol; set another, like PORT=3001`,
    { exitCode: EXIT_CONFIG },
  );
}

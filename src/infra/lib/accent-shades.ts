// Shades of a colour that can be read: WCAG 2.2, success criterion 1.4.3, asks for a contrast of 4.5 between text and
// ground.

type Rgb = readonly [number, number, number];

const MIN_CONTRAST = 4.6;
const STEP = 0.04;
const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [22, 20, 28];
/** The darkest ground of light pages, and the lightest of dark pages, on which links stand. */
const LIGHT_GROUND: Rgb = [240, 238, 246];
const DARK_GROUND: Rgb = [46, 43, 56];

export interface AccentShades {
  /** Behind the text of buttons. */
  fill: string;
  /** The same under the pointer. */
  fillStrong: string;
  onFill: string;
  /** For text. */
  ink: { light: string; dark: string };
  /** Behind text of the ink. */
  soft: { light: string; dark: string };
}

/** `hex`: like `#7c3aed`. */
export function accentShades(hex: string): AccentShades {
  const colour = parse(hex);
  const onFill = contrast(colour, WHITE) >= MIN_CONTRAST ? WHITE : BLACK;
  // Away from its text, so that the contrast only grows.
  const away = onFill === WHITE ? BLACK : WHITE;
  const fill = readable(colour, onFill, away);
  const soft = { light: mix(WHITE, colour, 0.08), dark: mix([28, 26, 34], colour, 0.15) };
  const lightInk = [LIGHT_GROUND, soft.light].reduce((ink, ground) => readable(ink, ground, BLACK), colour);
  const darkInk = [DARK_GROUND, soft.dark].reduce((ink, ground) => readable(ink, ground, WHITE), colour);
  return {
    fill: format(fill),
    fillStrong: format(mix(fill, away, 0.12)),
    onFill: format(onFill),
    ink: { light: format(lightInk), dark: format(darkInk) },
    soft: { light: format(soft.light), dark: format(soft.dark) },
  };
}

/** The contrast of two colours, from 1 to 21. */
export function contrastOf(one: string, other: string): number {
  return contrast(parse(one), parse(other));
}

/** Moves `colour` towards `end` until it can be read on `ground`. */
function readable(colour: Rgb, ground: Rgb, end: Rgb): Rgb {
  for (let share = 0; share < 1; share += STEP) {
    const moved = mix(colour, end, share);
    if (contrast(moved, ground) >= MIN_CONTRAST) return moved;
  }
  return end;
}

function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Relative luminance, as WCAG 2.2 defines it. */
function luminance(colour: Rgb): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  Math.round(from[0] + (to[0] - from[0]) * share),
  Math.round(from[1] + (to[1] - from[1]) * share),
  Math.round(from[2] + (to[2] - from[2]) * share),
];

const parse = (hex: string): Rgb => {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
};

const format = (colour: Rgb): string =>
  `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from './browser.ts';

export const WIDE = { width: 1280, height: 800 };
/** Where a table has the least room for its columns. */
export const MIDDLE = { width: 1024, height: 800 };
export const NARROW = { width: 390, height: 800 };

/** Axe's rules about colours and sizes: the only ones whose answer differs between schemes and widths. */
export const LOOK_RULES = ['color-contrast', 'link-in-text-block', 'target-size'];

/**
 * Runs axe, by default all of its rules, in the page itself, because our pages have no frames, on which its builder
 * spends most time.
 */
export async function assertAccessible(page: Page, name: string, rules?: readonly string[]): Promise<void> {
  const isLoaded = await page.evaluate<boolean>(`'axe' in globalThis`);
  if (!isLoaded) await page.evaluate(AXE);
  assert.deepEqual(await page.evaluate<string[]>(violations(rules)), [], name);
}

/** Neither the page nor a table in it is wider than there is room for. */
export async function assertFits(page: Page, name: string): Promise<void> {
  assert.deepEqual(await page.evaluate<string[]>(TOO_WIDE), [], `${name} is too wide`);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// They run in the page, whose types a test of Node's does not know.
const violations = (
  runOnly?: readonly string[],
) => `axe.run(${JSON.stringify({ resultTypes: ['violations'], runOnly })})
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + (nodes[0]?.html ?? '')))`;

const TOO_WIDE = `[document.documentElement, ...document.querySelectorAll('.table-wrap')]
  .filter((element) => element.scrollWidth > element.clientWidth)
  .map((element) => element.outerHTML.slice(0, 80) + ': ' + String(element.scrollWidth - element.clientWidth) + ' px')`;

/** The outline of what has the focus, or of the pseudo-element that stands for it; `nothing` at the page's end. */
export const FOCUS_INDICATOR = `(() => {
  const focused = document.activeElement;
  if (focused === null || focused === document.body) return 'nothing';
  const own = getComputedStyle(focused);
  const style = own.outlineStyle === 'none' ? getComputedStyle(focused, '::after') : own;
  const width = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
  return (width < 2 ? 'none' : 'outlined') + ' on ' + focused.outerHTML.slice(0, 80);
})()`;

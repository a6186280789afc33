import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from './browser.ts';

export const WIDE = { width: 1280, height: 800 };
/** Where a table has the least room for its columns. */
export const MIDDLE = { width: 1024, height: 800 };
export const NARROW = { width: 390, height: 800 };

export type Look = { colorScheme: 'light' | 'dark' } & typeof WIDE;

/** The look in which axe runs all of its rules. */
export const FULL = { colorScheme: 'light', ...WIDE } as const;

export const nameOf = ({ colorScheme, width }: Look) => `${colorScheme}, ${String(width)} px`;

/** Shows what is loaded in another scheme and width. */
export async function lookAt(page: Page, { colorScheme, ...size }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(size);
}

/**
 * Axe's rules about colours, sizes and what scrolls: the only ones whose answer differs between schemes and widths,
 * where these show the same parts.
 */
export const LOOK_RULES = [
  'color-contrast',
  'link-in-text-block',
  'scrollable-region-focusable',
  'target-size',
];

interface Rules {
  only?: readonly string[];
  allBut?: readonly string[];
  /** Those that axe leaves out by default. */
  also?: readonly string[];
}

/** Has axe in all that the page loads from here on: Chromium parses a script that it knows only once. */
export async function bringAxe(page: Page): Promise<Page> {
  await page.addInitScript({ content: AXE });
  return page;
}

/**
 * Runs axe, by default all of its rules, in the page itself, because our pages have no frames, on which its builder
 * spends most time.
 */
export async function assertAccessible(page: Page, name: string, rules: Rules = {}): Promise<void> {
  const isLoaded = await page.evaluate<boolean>(`'axe' in globalThis`);
  if (!isLoaded) await page.evaluate(AXE);
  assert.deepEqual(await page.evaluate<string[]>(violations(rules)), [], name);
}

/** Neither the page nor a table in it is wider than there is room for. */
export async function assertFits(page: Page, name: string): Promise<void> {
  assert.deepEqual(await page.evaluate<string[]>(TOO_WIDE), [], `${name} is too wide`);
}

/** A box stands apart from its text, and a link in a table from the one before; a placeholder is read to its end. */
export async function assertRoomy(page: Page, name: string): Promise<void> {
  assert.deepEqual(await page.evaluate<string[]>(TOO_CLOSE), [], `${name} is too close`);
  assert.deepEqual(await page.evaluate<string[]>(CUT_PLACEHOLDERS), [], `${name} cuts a placeholder`);
}

/** What `MARK_ALIKE` leaves of each kind. */
const UNMARKED = ':not([data-alike])';
/** The rules of looks leave out what is marked; `FIRST_OF_EACH` asks for the source of what it answers itself. */
const SETTINGS = {
  noHtml: true,
  rules: [
    { id: 'color-contrast', selector: `*${UNMARKED}` },
    { id: 'link-in-text-block', selector: `a[href]${UNMARKED}, [role=link]${UNMARKED}` },
    { id: 'scrollable-region-focusable', selector: `*:not(select,textarea)${UNMARKED}` },
    { id: 'target-size', selector: `*${UNMARKED}` },
  ],
};
const AXE = `${readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')}
axe.configure(${JSON.stringify(SETTINGS)});`;

/** No rule that runs reads the style sheets, which axe would parse again on every page. */
const PRELOADED = { assets: ['media'] };

// They run in the page, whose types a test of Node's does not know.
function violations({ only: runOnly, allBut = [], also = [] }: Rules): string {
  const enable = (ids: readonly string[], enabled: boolean) => ids.map((id) => [id, { enabled }] as const);
  const rules = Object.fromEntries([...enable(allBut, false), ...enable(also, true)]);
  const options = { runOnly, rules, preload: PRELOADED };
  return `axe.run({ ...${JSON.stringify(options)}, reporter: ${FIRST_OF_EACH} })`;
}

/** In place of axe's own, which makes up a selector for each element that it looked at. */
const FIRST_OF_EACH = `(results) => results.flatMap(({ id, violations }) =>
  violations.slice(0, 1).map(({ node }) => id + ': ' + node.element.outerHTML.slice(0, 300)))`;

/**
 * Marks all but three of rows, items and parts of the reference that are made alike, by their tags, classes and
 * attributes: their colours are the same. A target is as wide as its text, so those with a short one are a kind of
 * their own. Answers how many are marked.
 */
export const MARK_ALIKE = `{
  const isShort = (one) => one.matches('a, button') && one.textContent.trim().length < 4;
  const kindOf = (one) =>
    [one.tagName, one.className, isShort(one), ...one.getAttributeNames(), ...[...one.children].map(kindOf)].join();
  const isOneOfMany = ':is(.operation ~ .operation ~ .operation, div:has(> h3[id^=shape-]) ~ div ~ div)';
  const alike = [...document.querySelectorAll('.docs-api ' + isOneOfMany)];
  for (const list of document.querySelectorAll('tbody, ul, ol')) {
    const seen = new Map();
    for (const one of list.children) {
      const kind = kindOf(one);
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      if (seen.get(kind) > 3) alike.push(one);
    }
  }
  const marked = alike.flatMap((one) => [one, ...one.querySelectorAll('*')]);
  for (const one of marked) one.dataset.alike = '';
  marked.length;
}`;

/** Leaves out what is marked. */
export const SHORTEN = `for (const one of document.querySelectorAll('[data-alike]')) one.remove();`;

const TOO_WIDE = `[document.documentElement, ...document.querySelectorAll('.table-wrap')]
  .filter((element) => element.scrollWidth > element.clientWidth)
  .map((element) => element.outerHTML.slice(0, 80) + ': ' + String(element.scrollWidth - element.clientWidth) + ' px')`;

const TOO_CLOSE = `[...document.querySelectorAll('.choice input, td a + a')].filter((element) => {
  const isBox = element.tagName === 'INPUT';
  const [left, right] = isBox ? [element, element.nextElementSibling] : [element.previousElementSibling, element];
  if (right === null) return true;
  const [before, after] = [left, right].map((side) => side.getBoundingClientRect());
  return before.bottom > after.top && after.top + 1 > before.top && after.left - before.right < 6;
}).map((element) => element.parentElement.outerHTML.slice(0, 160))`;

const CUT_PLACEHOLDERS = `[...document.querySelectorAll('input[placeholder]')].filter((input) => {
  const style = getComputedStyle(input);
  const ink = document.createElement('canvas').getContext('2d');
  ink.font = style.font;
  // Chromium keeps room for the cross that clears a search.
  const cross = input.type === 'search' ? 1.25 * parseFloat(style.fontSize) : 0;
  const room = input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - cross;
  return input.clientWidth > 0 && ink.measureText(input.placeholder).width > room;
}).map(({ placeholder, clientWidth }) => placeholder + ': ' + String(clientWidth) + ' px')`;

/** The outline of what has the focus, or of the pseudo-element that stands for it; `nothing` at the page's end. */
export const FOCUS_INDICATOR = `(() => {
  const focused = document.activeElement;
  if (focused === null || focused === document.body) return 'nothing';
  const own = getComputedStyle(focused);
  const style = own.outlineStyle === 'none' ? getComputedStyle(focused, '::after') : own;
  const width = style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);
  return (width < 2 ? 'none' : 'outlined') + ' on ' + focused.outerHTML.slice(0, 80);
})()`;

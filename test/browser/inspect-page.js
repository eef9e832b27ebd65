// Inspects a page from the inside: what users see, its source, and its accessibility tree.
// Evaluated in the page by the debugger, to which its content security policy does not apply.
// @ts-check

/**
 * @typedef {object} Inspection
 * @property {string} title
 * @property {string} language
 * @property {string[]} elements              names of all, in their order
 * @property {number} scripts
 * @property {string[]} links                 where the page links to
 * @property {number} overflow                horizontal overflow in pixels
 * @property {string[]} headingJumps          headings that skip a level
 * @property {number} level1                  headings of the first level
 * @property {number} unnamedImages           pictures and charts without a text alternative
 * @property {number} unnamedTables
 * @property {number} headersWithoutScope
 * @property {number} untoldScrolling         scrollable areas that the keyboard cannot reach
 * @property {boolean} isDark
 * @property {number} pictures
 * @property {number} charts
 * @property {number} tables
 * @property {{ ratio: number, text: string }} worstContrast   of all visible text
 */

/** @returns {Inspection} */
function inspectPage() {
  /** @param {string} selector */
  const all = (selector) => [...document.querySelectorAll(selector)];
  const levels = all('h1,h2,h3,h4').map((heading) => Number(heading.tagName[1]));
  const jumps = levels.flatMap((level, i) => (level > (levels[i - 1] ?? 0) + 1 ? [`h${level}`] : []));
  const images = all('img:not([alt]),img[alt=""]');
  const charts = all('svg,[role=img]').filter(
    (chart) =>
      chart.closest('[aria-hidden=true]') === null && (chart.getAttribute('aria-label') ?? '') === '',
  );
  return {
    title: document.title,
    language: document.documentElement.lang,
    elements: all('*').map(({ tagName }) => tagName),
    scripts: document.scripts.length,
    links: all('a,iframe,object,embed,form').map((element) => element.outerHTML),
    overflow: Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
    headingJumps: jumps,
    level1: all('h1').length,
    unnamedImages: images.length + charts.length,
    unnamedTables: all('table').filter((table) => table.querySelector('caption')?.textContent === '').length,
    headersWithoutScope: all('th:not([scope])').length,
    untoldScrolling: all('*').filter(
      (element) => element.scrollWidth > element.clientWidth + 1 && scrolls(element) && !canFocus(element),
    ).length,
    isDark: luminance(backgroundOf(document.body)) < 0.2,
    pictures: all('img').filter((image) => /** @type {HTMLImageElement} */ (image).naturalWidth > 0).length,
    charts: all('svg[role=img],figure[role=img]').length,
    tables: all('table').length,
    worstContrast: all('body *').reduce(
      (worst, element) => {
        const text = ownText(element);
        if (text === '' || element.getClientRects().length === 0) return worst;
        const ratio = contrast(textColour(element), backgroundOf(element));
        return ratio < worst.ratio ? { ratio, text } : worst;
      },
      { ratio: 21, text: '' },
    ),
  };
}

/** @param {Element} element */
function scrolls(element) {
  return ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
}

/** @param {Element} element */
function canFocus(element) {
  return /** @type {HTMLElement} */ (element).tabIndex >= 0;
}

/** Text that stands in the element itself. @param {Element} element */
function ownText(element) {
  if (element instanceof SVGElement && element.tagName !== 'text') return '';
  const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
  return texts.map((node) => node.textContent?.trim()).join('');
}

/** Red, green and blue from 0 to 255, and how opaque. @param {string} colour as getComputedStyle gives it */
function parseColour(colour) {
  const [red = 0, green = 0, blue = 0, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue, colour === 'transparent' ? 0 : alpha];
}

/** @param {Element} element */
function textColour(element) {
  const style = getComputedStyle(element);
  return parseColour(element instanceof SVGElement ? style.fill : style.color);
}

/** All backgrounds behind an element, laid over each other. @param {Element | null} element @returns {number[]} */
function backgroundOf(element) {
  if (element === null) return [255, 255, 255];
  const [red = 0, green = 0, blue = 0, alpha = 0] = parseColour(getComputedStyle(element).backgroundColor);
  if (alpha === 1) return [red, green, blue];
  const behind = backgroundOf(element.parentElement);
  return [red, green, blue].map((value, i) => value * alpha + (behind[i] ?? 0) * (1 - alpha));
}

/** Ref: WCAG 2.2, relative luminance and contrast ratio. @param {number[]} colour */
function luminance(colour) {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {number[]} one @param {number[]} other */
function contrast(one, other) {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

inspectPage();

/** What is wrong with a screen as it is now. */
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/**
 * Serious and critical violations of accessibility rules.
 *
 * @param rules those that are checked; default: all
 */
export async function findViolations(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (await page.evaluate(() => !('axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(async (rules) => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } };
    const { violations } = await axe.run(rules === undefined ? {} : { runOnly: [...rules] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }, rules);
}

/** Elements with text that is smaller than 12 pixels on the screen, wider than its place, or beyond the edge. */
export function findCutOrSmall(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement | SVGTextElement>('body *')) {
      const text = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
      const words = text.map(({ textContent }) => textContent?.trim() ?? '').join(' ').trim(); // prettier-ignore
      const { left, right, width } = element.getBoundingClientRect();
      if (words === '' || width <= 1 || element.closest('option, .only-heard, [hidden]') !== null) continue;
      const scale = element instanceof SVGTextElement ? (element.getScreenCTM()?.a ?? 1) : 1;
      const size = parseFloat(getComputedStyle(element).fontSize) * scale;
      if (size < 11.99 && size > 0) found.push(`${size.toFixed(1)} px: ${words}`);
      if (left < -0.5 || right > innerWidth + 0.5) found.push(`beyond the edge: ${words}`);
      const isCut = element instanceof HTMLElement && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible'; // prettier-ignore
      if (isCut && !element.matches('.name, .gallery small')) found.push(`cut: ${words}`);
    }
    if (document.documentElement.scrollWidth > innerWidth) found.push('the page scrolls sideways');
    return found;
  });
}

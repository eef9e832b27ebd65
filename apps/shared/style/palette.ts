/** The expressions in the colours of the reports, for both themes: a page has them from one place. */
import { DARK_PALETTE, LIGHT_PALETTE } from '@mien/results';

export function applyPalette(): void {
  const { style } = document.documentElement;
  LIGHT_PALETTE.series.forEach((light, index) => {
    style.setProperty(
      `--series-${index + 1}`,
      `light-dark(${light}, ${DARK_PALETTE.series[index] ?? light})`,
    );
  });
}

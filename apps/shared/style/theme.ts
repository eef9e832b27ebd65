/** The colours of a page: those of the system, or always light or dark ones. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export function isDark(theme: Theme): boolean {
  return theme === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark';
}

/** What the switch changes to: from the system's colours to the others, so that the first press shows. All three come in turn. */
export function nextTheme(theme: Theme): Theme {
  const order: readonly Theme[] = isDark('system')
    ? ['system', 'light', 'dark']
    : ['system', 'dark', 'light'];
  return order[(order.indexOf(theme) + 1) % order.length] ?? 'system';
}

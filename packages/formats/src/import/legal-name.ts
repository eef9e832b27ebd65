const MAX_NAME_LENGTH = 150;

/** As our graphs want names: no slash, not empty, not endless. */
export function legalName(name: string): string {
  const legal = name.replace(/^\/+/, '').replace(/\/+/g, '.').slice(0, MAX_NAME_LENGTH);
  return legal === '' ? 'layer' : legal;
}

/** The methods that an address takes, for requests with another one. Empty if there is nothing at this address. */
export function allowedMethods(
  routes: readonly { readonly method: string; readonly path: string }[],
  path: string,
): readonly string[] {
  const methods = routes.filter((route) => route.method !== 'ALL' && toPattern(route.path).test(path));
  return [...new Set(methods.map(({ method }) => method))].sort();
}

/** Of a path such as `/v1/jobs/:id` or `/assets/*`. */
function toPattern(path: string): RegExp {
  const text = path
    .replaceAll('.', String.raw`\.`)
    .replaceAll('*', '.*')
    .replaceAll(/:\w+/g, '[^/]+');
  return new RegExp(`^${text}$`);
}

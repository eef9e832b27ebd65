/** Made by `build/bundled-figures-plugin.ts`. */
declare module 'virtual:bundled-figures' {
  const figures: Readonly<Record<string, import('./models/bundled-figures.js').BundledFigures>>;
  export default figures;
}

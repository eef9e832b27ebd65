// URLs of the files of base, which reads the expression of a face: file: URLs in Node, assets in a page.
// Bundlers recognise this form of `new URL`, copy the file and insert its URL.

export const manifestUrl = new URL('./manifest.json', import.meta.url);
export const weightsUrl = new URL('./weights.safetensors', import.meta.url);

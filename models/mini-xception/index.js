// Where the files of mini_Xception, which reads the expression of a face are: a file: URL in Node, an asset in a page.
// Bundlers recognise this form of `new URL`, copy the file and fill in its address.

export const manifestUrl = new URL('./manifest.json', import.meta.url);
export const weightsUrl = new URL('./weights.safetensors', import.meta.url);

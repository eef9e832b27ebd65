// Where the files of MediaPipe's short-range BlazeFace, which finds faces are: a file: URL in Node, an asset in a page.
// Bundlers recognise this form of `new URL`, copy the file and fill in its address.

export const manifestUrl = new URL('./manifest.json', import.meta.url);
export const weightsUrl = new URL('./weights.safetensors', import.meta.url);

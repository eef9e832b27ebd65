// Where the files of OpenCV's frontal face cascade, which finds faces are: a file: URL in Node, an asset in a page.
// Bundlers recognise this form of `new URL`, copy the file and fill in its address.

export const manifestUrl = new URL('./manifest.json', import.meta.url);
export const weightsUrl = new URL('./cascade.bin', import.meta.url);

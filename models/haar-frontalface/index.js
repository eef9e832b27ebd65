// URLs of the files of OpenCV's frontal face cascade, which finds faces: file: URLs in Node, assets in a page.
// Bundlers recognise this form of `new URL`, copy the file and insert its URL.

export const manifestUrl = new URL('./manifest.json', import.meta.url);
export const weightsUrl = new URL('./cascade.bin', import.meta.url);

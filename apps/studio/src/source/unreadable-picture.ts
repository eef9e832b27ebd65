/** Why a file could not be decoded as a picture: it is empty, damaged, something else, or of a kind that is not known here. */
export type PictureDefect = 'empty' | 'damaged' | 'notMedia' | 'unreadable';

/** How files of the kinds begin that every browser decodes; `.` stands for any byte. */
const BEGINNINGS = [/^\xff\xd8\xff/, /^\x89PNG\r\n/, /^GIF8/, /^RIFF....WEBP/s];
const LONGEST = 12;

export async function findPictureDefect(file: Blob): Promise<PictureDefect> {
  if (file.size === 0) return 'empty';
  try {
    const start = String.fromCharCode(...new Uint8Array(await file.slice(0, LONGEST).arrayBuffer()));
    if (BEGINNINGS.some((beginning) => beginning.test(start))) return 'damaged';
  } catch {
    return 'unreadable'; // Moved or deleted since it was chosen.
  }
  return file.type === '' || /^(image|video)\//.test(file.type) ? 'unreadable' : 'notMedia';
}

/** What to say of a video that this browser cannot show: which codec it lacks, and the command that makes a file for it. */
import { decodeVideo } from '../video/video-client.js';
import { words } from '../words/words.js';
import { nameCodec, toConversion } from './video-codecs.js';

export async function describeUnreadable(file: File): Promise<string> {
  const { problems, video } = words.peek();
  const decoded = await decodeVideo(file, 1000).catch(() => undefined);
  decoded?.close();
  const found = decoded?.opened;
  if (found?.kind === 'unreadable' && found.isWithoutPictures === true) return video.noPictures(file.name);
  if (found?.kind === 'unreadable' && found.isWithoutTracks === true) return problems.damaged(file.name);
  const codec = found?.kind === 'unreadable' ? found.codec : undefined;
  const format = (found?.kind === 'unreadable' ? found.format : undefined) ?? (await sniffContainer(file));
  if (codec === undefined && format === undefined) return video.noVideo(file.name);
  const what =
    codec === undefined ? format : `${nameCodec(codec)}${format === undefined ? '' : ` (${format})`}`;
  return video.unreadable(file.name, what ?? '', toConversion(file.name));
}

/** Containers that are not read here at all, by their first bytes. */
async function sniffContainer(file: Blob): Promise<string | undefined> {
  const start = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...start);
  if (text.startsWith('RIFF') && text.endsWith('AVI ')) return 'AVI';
  if (text.startsWith('FLV')) return 'FLV';
  if (text.startsWith('\x30\x26\xb2\x75')) return 'WMV';
  return undefined;
}

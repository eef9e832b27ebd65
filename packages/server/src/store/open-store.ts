import { openFileStore, type FileStore } from './file-store.js';

/**
 * @param place a folder, or `s3://bucket/prefix`
 * @throws MienError `OUTPUT_FAILED` if it cannot be written, `USAGE` for a bucket without keys
 */
export async function openStore(place: string): Promise<FileStore> {
  if (!place.startsWith('s3:')) return openFileStore(place);
  return (await import('./s3-store.js')).openS3Store(place);
}

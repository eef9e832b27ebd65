import { channelsOf, imageOf, type Dataset, type Rows } from '../data/dataset.js';

/** A grey picture, one byte a pixel. */
export interface GreyPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Gives another picture; `row` of the dataset is where chance may start from. */
export type PictureTransform = (picture: GreyPicture, row: number) => GreyPicture;

/**
 * A dataset of some rows alone, each picture changed. All changed pictures must have one size.
 *
 * Red, green and blue are changed one by one, each as a grey picture.
 *
 * Its rows count from 0 in the order of `rows`; labels and splits are those of the originals.
 */
export function transformRows(dataset: Dataset, rows: Rows, transform: PictureTransform): Dataset {
  const channels = channelsOf(dataset);
  const { width, height, labels, labelNames, splits, splitNames } = dataset;
  let size: Pick<GreyPicture, 'width' | 'height'> = { width, height };
  let images = new Uint8Array(0);
  rows.forEach((row, index) => {
    const pixels = imageOf(dataset, row);
    for (let channel = 0; channel < channels; channel++) {
      const data = channels === 1 ? pixels : pixels.filter((_, at) => at % channels === channel);
      const changed = transform({ data, width, height }, row);
      if (index === 0 && channel === 0) {
        size = { width: changed.width, height: changed.height };
        images = new Uint8Array(rows.length * size.width * size.height * channels);
      }
      const start = index * size.width * size.height * channels + channel;
      if (channels === 1) images.set(changed.data, start);
      else changed.data.forEach((value, at) => (images[start + at * channels] = value));
    }
  });
  return {
    count: rows.length,
    ...size,
    ...(channels === 1 ? {} : { channels }),
    images,
    labels: Uint8Array.from(rows, (row) => labels[row]!),
    labelNames,
    splits: Uint8Array.from(rows, (row) => splits[row]!),
    splitNames,
  };
}

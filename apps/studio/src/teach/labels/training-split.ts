/** Of a folder with splits, such as train/<label> beside test/<label>, only the training split is taught. */
import type { FileInFolder } from '../../../../shared/files/dropped-entries.js';

/** As `mien train` names them: class-folders.ts. */
const SPLIT =
  /^(?:(train|training|train_set|train_class)|(?:val|valid|validation|val_set|val_class|dev|publictest|test|testing|test_set|test_class|privatetest))$/i;

export interface TrainingSplit {
  readonly taught: readonly FileInFolder[];
  /** Number of files by the folder of their split. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** All files where there is no training split beside another one. */
export function takeTrainingSplit(files: readonly FileInFolder[]): TrainingSplit {
  const splitOf = ({ path }: FileInFolder) =>
    path
      .split('/')
      .slice(0, -2)
      .find((part) => SPLIT.test(part));
  const isTraining = (split: string) => SPLIT.exec(split)?.[1] !== undefined;
  const leftOut = new Map<string, number>();
  const taught = files.filter((file) => {
    const split = splitOf(file);
    if (split === undefined || isTraining(split)) return true;
    if (!file.file.name.startsWith('.')) leftOut.set(split, (leftOut.get(split) ?? 0) + 1);
    return false;
  });
  const hasTraining = taught.some((file) => splitOf(file) !== undefined);
  return hasTraining ? { taught, leftOut } : { taught: files, leftOut: new Map() };
}

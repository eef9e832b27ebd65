/** What files are, by their names and types: browsers know no type for some of them. */
const JSON_FILE = /[.]json$/i;
const VIDEO_FILE = /[.](mp4|m4v|mov|mkv|webm|avi|flv|wmv|ts|mts|m2ts|mpe?g|3gp|ogv)$/i;
const CSV_FILE = /[.]csv([.]gz)?$/i;
const MODEL_FILE = /[.](hdf5|h5|keras|onnx|tflite|safetensors)$/i;
/** Weights that belong to a model beside them. */
const MODEL_PART = /[.](bin|data|onnx_data|weights)$/i;

type Named = Pick<File, 'name' | 'type'>;

export interface SortedFiles<T> {
  /** With the files that belong to them. */
  readonly models: readonly T[];
  /** What takes the place of what is shown now; no pictures where there is nothing to show. */
  readonly shown:
    | { readonly kind: 'session' | 'csv' | 'video'; readonly file: T }
    | { readonly kind: 'pictures'; readonly files: readonly T[] };
  readonly leftOut: readonly T[];
}

/** @param files those that are hidden, such as `.DS_Store`, are nobody's choice and count for nothing */
export function sortFiles<T extends Named>(files: readonly T[]): SortedFiles<T> {
  const visible = files.filter(({ name }) => !name.startsWith('.'));
  const isModel = ({ name }: T): boolean => MODEL_FILE.test(name);
  const isPart = ({ name }: T): boolean => MODEL_PART.test(name);
  const isJson = ({ name }: T): boolean => JSON_FILE.test(name);
  // A description of a network, or a manifest.
  const isDescribed = visible.some(isPart) || visible.some(isModel);
  const models = visible.some((file) => isModel(file) || (isDescribed && isJson(file)))
    ? visible.filter((file) => isModel(file) || isPart(file) || isJson(file))
    : [];
  const others = visible.filter((file) => !models.includes(file));
  const shown = chooseShown(others);
  const used = shown.kind === 'pictures' ? shown.files : [shown.file];
  return { models, shown, leftOut: others.filter((file) => !used.includes(file)) };
}

function chooseShown<T extends Named>(files: readonly T[]): SortedFiles<T>['shown'] {
  const session = files.find(({ name }) => JSON_FILE.test(name));
  if (session !== undefined) return { kind: 'session', file: session };
  const csv = files.find(({ name }) => CSV_FILE.test(name));
  if (csv !== undefined) return { kind: 'csv', file: csv };
  const videos = files.filter(isVideo);
  const known = files.filter(({ type }) => type.startsWith('image/'));
  const [video] = videos;
  if (video !== undefined && known.length === 0) return { kind: 'video', file: video };
  // Files of a folder that are surely something else are named together. One that was chosen alone is named as a picture is.
  const pictures = files.filter((file) => file.type === '' || file.type.startsWith('image/'));
  const isMixed = known.length > 0;
  return { kind: 'pictures', files: (isMixed ? pictures : files).filter((file) => !videos.includes(file)) };
}

function isVideo({ type, name }: Named): boolean {
  return type.startsWith('video/') || (type === '' && VIDEO_FILE.test(name));
}

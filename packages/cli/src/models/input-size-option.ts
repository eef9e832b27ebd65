import { InvalidArgumentError, Option } from 'commander';

export interface InputSize {
  readonly width: number;
  readonly height: number;
}

const MAX_SIDE = 8192;

/** For files that take pictures of any size, such as ONNX detectors. */
export function inputSizeOption(): Option {
  return new Option(
    '--input-size <width,height>',
    'input size, for files that take any size: 320,320',
  ).argParser(parseInputSize);
}

function parseInputSize(text: string): InputSize {
  const [width = NaN, height = NaN, ...rest] = text
    .split(/[,x×]/)
    .map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : NaN));
  const isSide = (side: number): boolean => side >= 1 && side <= MAX_SIDE;
  if (!isSide(width) || !isSide(height) || rest.length > 0) {
    throw new InvalidArgumentError(`It must be two whole numbers of 1 to ${MAX_SIDE}, such as 320,320.`);
  }
  return { width, height };
}

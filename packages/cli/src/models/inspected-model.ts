import type { Manifest } from '@mien/core';
import type { OnnxOutline } from '@mien/formats';
import type { ModelContract, NetworkSummary } from '@mien/formats/model-file';
import type { TrainingState } from '@mien/train';

/** What the command prints; `--format json` prints it as it is. */
export interface InspectedModel {
  readonly path: string;
  readonly sizeBytes: number;
  readonly format: string;
  /** The tool that wrote the file; `null` where it does not say. */
  readonly producer: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** `null` for a file that stands alone. */
  readonly manifest: Manifest | null;
  readonly labels: readonly string[] | null;
  readonly inputRange: readonly number[] | null;
  readonly crop: ModelContract['crop'] | null;
  /** `null` where the network cannot be read; `unreadable` then says why. */
  readonly network: NetworkSummary | null;
  readonly unreadable: string | null;
  /** Whether the file leaves the size of pictures open; the network is described for one of them. */
  readonly isSizeOpen: boolean;
  /** What an ONNX file whose network cannot be read says of itself. */
  readonly outline: Pick<OnnxOutline, 'opset' | 'inputs' | 'outputs' | 'operators' | 'parameterCount'> | null;
  readonly optimizer: {
    readonly kind: string;
    readonly step: number;
    readonly learningRate: number | null;
  } | null;
  readonly training: Pick<TrainingState, 'recipe' | 'progress'> | null;
}

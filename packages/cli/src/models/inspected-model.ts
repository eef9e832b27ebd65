import type { InputNormalization, Manifest, OutputKind } from '@mien/core';
import type { OnnxOutline } from '@mien/formats';
import type { ModelContract, NetworkSummary } from '@mien/formats/model-file';
import type { TrainingState } from '@mien/train';

/** What `mien inspect` prints; `--format json` prints exactly this. */
export interface InspectedModel {
  readonly path: string;
  readonly sizeBytes: number;
  readonly format: string;
  /** The tool that wrote the file; `null` if unknown. */
  readonly producer: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** `null` for a file without a manifest. */
  readonly manifest: Manifest | null;
  readonly labels: readonly string[] | null;
  readonly inputRange: readonly number[] | null;
  readonly normalization: InputNormalization | null;
  /** What the outputs are; `null` where neither the file nor its last layers say. */
  readonly outputs: OutputKind | null;
  /** What is assumed of the file. */
  readonly notices: readonly string[];
  readonly crop: ModelContract['crop'] | null;
  /** `null` if the network cannot be read; `unreadable` then says why. */
  readonly network: NetworkSummary | null;
  readonly unreadable: string | null;
  /** Whether the file takes pictures of any size; the network is then described for one size. */
  readonly isSizeOpen: boolean;
  /** Description of an ONNX file whose network cannot be read. */
  readonly outline: Pick<OnnxOutline, 'opset' | 'inputs' | 'outputs' | 'operators' | 'parameterCount'> | null;
  readonly optimizer: {
    readonly kind: string;
    readonly step: number;
    readonly learningRate: number | null;
  } | null;
  readonly training: Pick<TrainingState, 'recipe' | 'progress'> | null;
}

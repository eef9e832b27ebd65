/** What `check-model.ts` and its thread say to each other. Plain data. */
import type { ErrorCode } from '@mien/core';

export interface CheckedModel {
  readonly labels: readonly string[];
  /** Height, width and channels of its input. */
  readonly inputShape: readonly [height: number, width: number, channels: number];
  /** What the values 0 and 255 become at its input. */
  readonly inputRange: readonly [number, number];
  /** What was assumed of the file or changed, in lines for people. */
  readonly notices: readonly string[];
}

export type FromModelThread =
  | ({ readonly kind: 'model' } & CheckedModel)
  | { readonly kind: 'error'; readonly code: ErrorCode | undefined; readonly message: string };

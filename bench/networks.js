// The networks whose inference is measured, by the words that their results are named with.
// @ts-check
import { miniXception, nanoNetwork } from '@mien/core/nn';

export const NETWORKS = { '': miniXception(), 'nano, ': nanoNetwork() };

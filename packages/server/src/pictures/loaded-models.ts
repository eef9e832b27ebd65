/** The models of a thread: the default one always, others for as long as they are used more than the rest. */
import { createAsyncPredictor, type AsyncPredictor, type Model } from '@mien/core';
import { createAnalyzer, type Analyzer } from '@mien/node';
import { DEFAULT_MODEL, resolveModel } from '@mien/node/models';

export interface LoadedModel {
  readonly analyzer: Analyzer;
  /** For crops that are ready for the network. */
  readonly network: () => Promise<{ readonly model: Model; readonly predictor: AsyncPredictor }>;
}

/** Models beside the default one. */
const MAX_OTHERS = 3;

export interface LoadedModels {
  /** @param model an installed model's id or the path of a model's file */
  get(model: string | undefined): Promise<LoadedModel>;
}

export async function loadModels(): Promise<LoadedModels> {
  const standard = await load(DEFAULT_MODEL);
  /** In the order of their last use. */
  const others = new Map<string, Promise<LoadedModel>>();
  return {
    async get(model = DEFAULT_MODEL) {
      if (model === DEFAULT_MODEL) return standard;
      const loading = others.get(model) ?? load(model);
      others.delete(model);
      others.set(model, loading);
      const [oldest] = others.keys();
      if (others.size > MAX_OTHERS && oldest !== undefined) {
        const unused = others.get(oldest);
        others.delete(oldest);
        // Streams that use it are told at their next frame.
        void unused?.then(({ analyzer }) => analyzer.dispose()).catch(() => undefined);
      }
      return loading.catch((error: unknown) => {
        others.delete(model);
        throw error;
      });
    },
  };
}

async function load(model: string): Promise<LoadedModel> {
  const analyzer = await createAnalyzer({ model });
  let network: ReturnType<LoadedModel['network']> | undefined;
  return {
    analyzer,
    network: () =>
      (network ??= resolveModel(model).then(async (found) => ({
        model: found,
        predictor: await createAsyncPredictor(found),
      }))),
  };
}

/** The report as one page that needs nothing else. Loaded when it is asked for. */
import { ExampleChooser, summarizeRecording, Tallier, unsureReasonOf } from '@mien/results';
import { toPicturesReport, toRecordingReport, type ShownFace } from '@mien/results/report';
import type { FaceCrop } from '@mien/web';
import { toImageData } from '../face/face-crop.jsx';
import { cropOf } from '../state/crops.js';
import { shownExpression } from '../state/shown-expression.js';
import type { Shown } from './collect.js';

const SIDE = 132;
/** As many of each expression are shown. */
const MOST_EXAMPLES = 8;

export interface ReportOptions {
  readonly name: string;
  readonly labels: readonly string[];
  readonly shown: readonly Shown[];
  readonly isWhole: boolean;
  readonly settings: readonly (readonly [string, string])[];
}

export async function toReport(options: ReportOptions): Promise<string> {
  const isRecording = options.shown[0]?.original.timestampMs !== undefined;
  return isRecording ? reportRecording(options) : reportPictures(options);
}

async function reportRecording({ name, labels, shown, isWhole, settings }: ReportOptions): Promise<string> {
  const chooser = new ExampleChooser();
  const frames: (Shown['saved'] & { pictures: Record<number, string> })[] = [];
  for (const { original, saved, kept } of shown) {
    const pictures: Record<number, string> = {};
    for (const place of chooser.choose(saved)) {
      const face = original.faces[kept[place] ?? -1];
      const crop = face && cropOf(original, face);
      if (crop !== undefined) pictures[place] = await toJpeg(crop);
    }
    frames.push({ ...saved, pictures });
  }
  const recording = await summarizeRecording(async function* () {
    yield* frames;
  }, labels);
  if (recording === undefined) throw new Error('nothing was read yet');
  return toRecordingReport({ name, recording, isWhole, settings });
}

async function reportPictures({ labels, shown, settings }: ReportOptions): Promise<string> {
  const tally = new Tallier(labels);
  const faces: (ShownFace & { isUnsure: boolean })[] = [];
  for (const { original, saved, kept } of shown) {
    for (const [place, face] of saved.faces.entries()) {
      tally.add(face);
      const source = original.faces[kept[place] ?? -1];
      const crop = source && cropOf(original, source);
      if (crop === undefined) continue;
      const expression = shownExpression(face);
      faces.push({
        name: saved.source,
        expression,
        probability: face.probabilities[expression] ?? 0,
        reason: unsureReasonOf(face),
        picture: await toJpeg(crop),
        isUnsure: face.unsure,
      });
    }
  }
  const sure = faces.filter(({ isUnsure }) => !isUnsure).toSorted((a, b) => b.probability - a.probability);
  const without = shown.filter(({ saved }) => saved.faces.length === 0).map(({ saved }) => saved.source);
  const { model = '', detector = '' } = shown[0]?.saved ?? {};
  return toPicturesReport(
    {
      labels,
      model,
      detector,
      pictures: shown.length,
      tally,
      surest: labels.map((label) =>
        sure.filter(({ expression }) => expression === label).slice(0, MOST_EXAMPLES),
      ),
      unsure: faces.filter(({ isUnsure }) => isUnsure).slice(0, MOST_EXAMPLES),
      withoutFace: { count: without.length, first: without.slice(0, 200).map((name) => ({ name })) },
      unreadable: [],
    },
    settings,
  );
}

async function toJpeg(crop: FaceCrop): Promise<string> {
  const small = new OffscreenCanvas(crop.width, crop.height);
  small.getContext('2d')?.putImageData(toImageData(crop), 0, 0);
  const canvas = new OffscreenCanvas(SIDE, Math.round((SIDE * crop.height) / crop.width));
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.imageSmoothingQuality = 'high';
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
  }
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}

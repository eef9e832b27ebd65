/** Pictures from the camera, for as long as a button is held: of the face that the panel would show. */
import { signal } from '@preact/signals';
import { openSheet } from '../../help/open-sheet.js';
import { cropOf } from '../../state/crops.js';
import { mainResult, scene, selectedOf } from '../../state/scene.js';
import { onWipe } from '../../state/wipers.js';
import { cropToGrey } from './grey-picture.js';
import { addPicture } from './labels.js';

/** More would only be more alike. */
export const RECORDED_PER_SECOND = 5;

/** The label that is recorded. */
export const recordedId = signal<number | undefined>(undefined);
let timer: ReturnType<typeof setInterval> | undefined;
let lastTimestampMs: number | undefined;
let nextNumber = 1;

onWipe(stopRecording);

export function startRecording(labelId: number): void {
  if (recordedId.peek() !== undefined) return;
  if (scene.peek().kind !== 'camera') {
    openSheet('consent');
    return;
  }
  recordedId.value = labelId;
  recordFace(labelId);
  timer = setInterval(() => recordFace(labelId), 1000 / RECORDED_PER_SECOND);
}

export function stopRecording(): void {
  clearInterval(timer);
  recordedId.value = undefined;
  lastTimestampMs = undefined;
}

function recordFace(labelId: number): void {
  if (scene.peek().kind !== 'camera') {
    stopRecording();
    return;
  }
  const result = mainResult.peek();
  const selected = selectedOf(result);
  if (result === undefined || selected === undefined || result.timestampMs === lastTimestampMs) return;
  const crop = cropOf(result, selected.face);
  if (crop === undefined) return;
  lastTimestampMs = result.timestampMs;
  addPicture(labelId, { name: `camera-${nextNumber++}`, origin: 'camera', picture: cropToGrey(crop) });
}

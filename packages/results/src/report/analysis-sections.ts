/** Sections that all reports of `mien analyze` share. */
import type { Html } from './html.js';
import type { Fact } from './report.js';
import { definitions, section } from './section.js';

export const ANALYSIS_LIMITS =
  'This page names the expressions that faces show. It does not say what anyone feels, thinks or is like. Readings can be wrong even when they are sure: on FER2013, the model that comes with Mien is wrong about one time in three, and more often with other faces, cameras and light. Do not rely on unsure readings. This page must not be used to judge people: not for hiring, schooling, policing, insurance, lie detection or diagnosis.';

/** For pages with pictures of people. */
export const PICTURES_NOTE = 'This file contains pictures of people: share it with care.';

/** Has no date: the same analysis gives the same page, also if it was interrupted and resumed. */
export function settingsSection(settings: readonly Fact[]): Html {
  return section('Settings', definitions('facts', settings));
}

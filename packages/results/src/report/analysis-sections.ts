/** What the reports of `mien analyze` have in common. */
import type { Html } from './html.js';
import type { Fact } from './report.js';
import { definitions, section } from './section.js';

export const ANALYSIS_LIMITS =
  'This page names the expressions that faces show, not what anyone feels, thinks or is like. A reading may be wrong, also where it is sure: on the pictures of FER2013 the model that comes with Mien is wrong about one time in three, on other faces, cameras and light more often. What is unsure should not be relied on at all. The page must not be used to judge people: not for hiring, schooling, policing, insurance, lie detection or diagnosis.';

/** Said wherever a page holds pictures. */
export const PICTURES_NOTE = 'Pictures of people are part of this file: whoever receives it sees them.';

/** No date: the same work gives the same page, also when it was interrupted and gone on with. */
export function settingsSection(settings: readonly Fact[]): Html {
  return section('Settings', definitions('facts', settings));
}

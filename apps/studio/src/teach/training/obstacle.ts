import { expressionName } from '../../words/words.js';
import { taughtLabels } from '../labels/labels.js';
import { teachWords } from '../words/words.js';

/** Why the gathered pictures are not enough to train, for people; `undefined` where they are. */
export function findObstacle(): string | undefined {
  const { training } = teachWords.value;
  const filled = taughtLabels.value.filter(({ pictures }) => pictures.length > 0);
  if (filled.length < 2) return training.needTwo;
  const single = filled.find(({ pictures }) => pictures.length === 1);
  return single && training.needMore(expressionName(single.name));
}

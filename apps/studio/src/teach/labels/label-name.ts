/** Names of labels, which also become names of folders. */
import { expressionName, words } from '../../words/words.js';
import { teachWords } from '../words/words.js';
import { taughtLabels } from './labels.js';

const LONGEST = 40;
/** What some file system does not take in the name of a folder. */
const UNFIT = /[/\\:*?"<>|\p{Cc}]|^[.]|[.]$/u;

/** What was typed as the name of a label: one of the seven in the chosen language is that of FER2013. */
export function toLabelName(text: string): string {
  const typed = text.trim();
  const known = Object.keys(words.peek().expressions).find((label) => expressionName(label) === typed);
  return known ?? typed;
}

/**
 * @param ownId of the label that is renamed
 * @returns what is wrong with a name, for people
 */
export function problemOfName(name: string, ownId?: number): string | undefined {
  const { labels } = teachWords.peek();
  if (name === '') return labels.emptyName;
  if (name.length > LONGEST || UNFIT.test(name)) return labels.badName(name);
  const isTaken = taughtLabels
    .peek()
    .some((label) => label.id !== ownId && label.name.toLowerCase() === name.toLowerCase());
  return isTaken ? labels.sameName(name) : undefined;
}

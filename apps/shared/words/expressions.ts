/** What the expressions are called; labels of one's own models stay as they are. */
const en = {
  angry: 'angry',
  disgust: 'disgust',
  fear: 'fear',
  happy: 'happy',
  sad: 'sad',
  surprise: 'surprise',
  neutral: 'neutral',
};

const zh: typeof en = {
  angry: '愤怒',
  disgust: '厌恶',
  fear: '恐惧',
  happy: '高兴',
  sad: '悲伤',
  surprise: '惊讶',
  neutral: '平静',
};

export const EXPRESSIONS = { en, zh };

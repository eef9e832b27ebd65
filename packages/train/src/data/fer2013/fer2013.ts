/** What every file of FER2013 has: its splits and the size of its pictures. */
/** Its splits, as named in its `Usage` column. */
export const FER2013_SPLITS = ['Training', 'PublicTest', 'PrivateTest'] as const;

/** Width and height of its pictures. */
export const FER2013_SIDE = 48;

/** What to do about a file that is not FER2013. */
export const FER2013_ADVICE = "give the path of FER2013's CSV, plain or .gz";

/** Pixels of a picture. */
export const FER2013_PIXELS = FER2013_SIDE * FER2013_SIDE;

import { signal } from '@preact/signals';

/** FER2013's CSV that was opened; the mode Teach takes it as soon as it is loaded. */
export const csvToTeach = signal<File | undefined>(undefined);

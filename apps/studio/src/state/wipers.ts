/** What holds something of the person's registers here how it forgets it: parts that are loaded later, too. */
const wipers: (() => void)[] = [];

export function onWipe(forget: () => void): void {
  wipers.push(forget);
}

export function runWipers(): void {
  for (const forget of wipers) forget();
}

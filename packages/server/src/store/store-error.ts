/** The store refuses or cannot be reached: trying again later may help. */
export class StoreError extends Error {}

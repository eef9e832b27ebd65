/** What the service refused, in its words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

export function toRefusal(status: number, statusText: string, body: string): Refusal {
  try {
    const { detail, code } = JSON.parse(body) as { detail?: unknown; code?: unknown };
    if (typeof detail === 'string' && typeof code === 'string') return new Refusal(status, code, detail);
  } catch {
    // A proxy answered.
  }
  return new Refusal(status, 'UNKNOWN', `${status} ${statusText}`);
}

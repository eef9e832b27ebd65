/**
 * The queue of segments: pg-boss, used by its primitives.
 *
 * `work()` is not used: with one job at a time it polls on after each, and its transactions hold a connection for as long
 * as the analysis takes.
 */
import { PgBoss } from 'pg-boss';
import type { Database } from '../database/database.js';

export const QUEUE = 'mien-segments';
/** Segments that failed for good: their workers died again and again. */
export const DEAD_LETTERS = 'mien-segments-dead';

const QUEUE_SCHEMA = 'mien_queue';
/** A video that cannot be read in chunks may take hours; the heartbeat tells much earlier that a worker died. */
const EXPIRE_S = 20 * 3600;
const RETRY_LIMIT = 5;
const RETENTION_S = 7 * 24 * 3600;

export interface QueueTimes {
  /** A worker that was silent for so long is dead; at least 10. Default 30. */
  readonly heartbeatSeconds?: number;
  /** How often dead workers are looked for. Default 10. */
  readonly superviseSeconds?: number;
}

/** A segment in the queue: only ids, so that the queue stays small. */
export interface SegmentTicket {
  readonly jobId: string;
  readonly index: number;
  /** Id of the ticket itself: the dead-letter queue holds copies with ids of their own. */
  readonly queueId: string;
  /**
   * A long video takes several tickets: the first, without a step, divides it into chunks; one reads each chunk (its number);
   * the last one joins them.
   */
  readonly step?: number | 'join';
}

/** Any number that other programs are unlikely to use: one process at a time sets up the queue. */
const SET_UP_LOCK = 7_341_015;

export async function openJobQueue(
  database: Database,
  { heartbeatSeconds = 30, superviseSeconds = 10 }: QueueTimes,
  onProblem: (error: Error) => void,
): Promise<PgBoss> {
  const { boss: db, backend } = database;
  const boss = new PgBoss({
    db,
    backend,
    schema: QUEUE_SCHEMA,
    schedule: false,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
    // Vacuum and indexes of a server are its administrator's; PGlite has neither.
    monitorVacuum: false,
    reindex: false,
  });
  boss.on('error', onProblem);
  const setUp = async (): Promise<void> => {
    await boss.start();
    const retention = { retentionSeconds: RETENTION_S, deleteAfterSeconds: RETENTION_S };
    await boss.createQueue(DEAD_LETTERS, retention);
    const options = {
      ...retention,
      expireInSeconds: EXPIRE_S,
      retryLimit: RETRY_LIMIT,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 60,
      heartbeatSeconds,
    };
    await boss.createQueue(QUEUE, { ...options, deadLetter: DEAD_LETTERS });
    await boss.updateQueue(QUEUE, options); // An earlier version may have created it.
  };
  try {
    if (backend === 'pglite') {
      await setUp();
    } else {
      // A service and workers that start together on an empty database would create the same tables, and all but one would end.
      await database.transaction(async ({ query }) => {
        await query('SELECT pg_advisory_xact_lock($1)', [SET_UP_LOCK]);
        await setUp();
      });
    }
  } catch (error) {
    await boss.stop({ graceful: false }).catch(onProblem); // Its timers would keep the process alive.
    throw error;
  }
  return boss;
}

/**
 * Requests with pictures whose bodies are being read. They count as waiting pictures: bodies take memory, and a service that
 * is full should not be kept busy with receiving.
 */
import { QueueFullError, type PicturePool } from '../pictures/picture-pool.js';

export interface Reception {
  /** Reads a body if there is room for its picture. @throws QueueFullError */
  receive<T>(read: () => Promise<T>): Promise<T>;
  /** @throws QueueFullError if so many pictures have no room */
  requireRoom(count: number): void;
}

export function createReception(pictures: Pick<PicturePool, 'hasRoomFor'>): Reception {
  let receiving = 0;
  const requireRoom = (count: number) => {
    if (!pictures.hasRoomFor(receiving + count)) {
      throw new QueueFullError('the service has as many pictures as it can hold; try again later');
    }
  };
  return {
    requireRoom,
    async receive(read) {
      requireRoom(1);
      receiving++;
      return read().finally(() => receiving--);
    },
  };
}

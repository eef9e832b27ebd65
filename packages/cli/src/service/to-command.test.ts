import { expect, it } from 'vitest';
import { toCommand } from './to-command.js';

it('names the place of the jobs as it was given', () => {
  expect(toCommand('status 1', {}, {})).toBe('mien jobs status 1');
  expect(toCommand('status 1', { data: "my jobs' folder" }, {})).toBe(
    `mien jobs status 1 --data 'my jobs'\\'' folder'`,
  );
  expect(toCommand('watch 1', { server: 'https://mien.example.org', key: 'mien_1_2' }, {})).toBe(
    'mien jobs watch 1 --server https://mien.example.org --key KEY',
  );
  expect(
    toCommand('result 1', { database: 'postgresql://mien:secret@db/mien', store: '/mnt/mien' }, {}),
  ).toBe('mien jobs result 1 --database postgresql://mien:PASSWORD@db/mien --store /mnt/mien');
});

it('leaves out what the environment says', () => {
  const [database, key] = ['postgresql://db/mien', 'mien_1_2'];
  expect(toCommand('status', { database, store: 's', key }, { MIEN_DATABASE: database, MIEN_KEY: key })).toBe(
    'mien jobs status --store s',
  );
});

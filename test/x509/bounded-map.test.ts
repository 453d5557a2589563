import { expect, test } from 'vitest';
import { BoundedMap } from '../../lib/x509/bounded-map.ts';

test('a bounded map forgets what went unused for longest', () => {
  const map = new BoundedMap<string, boolean>(2);
  map.set('a', true);
  map.set('b', false);
  map.get('a');
  map.set('c', true);
  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([true, undefined, true]);
  map.set('c', false);
  expect([map.get('a'), map.get('c')]).toEqual([true, false]);
});

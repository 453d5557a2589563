/** Readers with a fault each, to see that it is found. */
import { define, type Target } from '../../scripts/fuzz/target.ts';

let calls = 0;

const faulty = (name: string, read: (bytes: Buffer) => unknown): Target =>
  define({
    name,
    files: ['test/fuzz/broken-targets.ts'],
    shape: 'octets',
    generate: (random) => random.octets(random.between(1, 4)),
    read,
  });

export const TARGETS: readonly Target[] = [
  faulty('throws', (bytes) => {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) throw new RangeError('a fault');
    return bytes.length;
  }),
  faulty('guarded', (bytes) => {
    // Three octets in a row are not hit by chance, but one after the other where each brings news.
    if (bytes[0] === 0x30) if (bytes[1] === 0x80) if (bytes[2] === 0xff) throw new Error('found');
    return null;
  }),
  faulty('unstable', () => calls++),
  faulty('changes', (bytes) => bytes.fill(0)),
  faulty('quadratic', (bytes) => {
    let sum = 0;
    for (let outer = 0; outer < bytes.length / 20; outer++) {
      for (let inner = 0; inner < outer; inner++) sum += bytes[inner] ?? 0;
    }
    return sum;
  }),
  faulty('hangs', (bytes) => {
    while (bytes.includes(0x55));
    return null;
  }),
  faulty('hoards', (bytes) => {
    const hoard: unknown[] = [];
    while (bytes.includes(0x55)) hoard.push(Array(1_000_000).fill(hoard.length));
    return null;
  }),
];

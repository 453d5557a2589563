import { encode } from '../der-tree.ts';
import type { Random } from '../random.ts';
import { certificate } from './certificate.ts';
import { name } from './names.ts';

const uint16 = (value: number) => Buffer.of((value >> 8) & 0xff, value & 0xff);
const withLength = (bytes: Buffer) => Buffer.concat([uint16(bytes.length), bytes]);

/** What a server of TLS 1.2 says in the clear (RFC 5246 §7.4): messages, cut into records wherever it pleases. */
export function firstFlight(random: Random): Buffer {
  const messages = Buffer.concat([
    message(2, Buffer.concat([Buffer.of(3, 3), random.octets(34), Buffer.of(0)])),
    message(11, certificateList(random)),
    ...(random.once(8) ? [] : [message(13, certificateRequest(random))]),
    ...(random.once(3) ? [message(13, certificateRequest(random))] : []),
    ...(random.once(8) ? [] : [message(14, Buffer.alloc(0))]),
  ]);
  const longest = random.pick([16_384, 16_384, 100, 5]);
  const records: Buffer[] = [];
  for (let at = 0; at < messages.length; at += longest) {
    const fragment = messages.subarray(at, at + longest);
    records.push(Buffer.concat([Buffer.of(22, 3, 3), withLength(fragment)]));
  }
  if (random.once(4))
    records.splice(random.below(records.length + 1), 0, Buffer.of(random.pick([20, 21, 22]), 3, 3, 0, 0));
  return Buffer.concat(records);
}

function message(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type, body.length >> 16), uint16(body.length), body]);
}

function certificateList(random: Random): Buffer {
  const list = random.several(0, 4, () =>
    Buffer.concat([Buffer.of(0), withLength(encode(certificate(random)))]),
  );
  return Buffer.concat([Buffer.of(0), withLength(Buffer.concat(list))]);
}

function certificateRequest(random: Random): Buffer {
  const types = random.octets(random.between(0, 3));
  const algorithms = random.octets(2 * random.between(0, 8));
  const names = random.several(0, random.once(10) ? 200 : 5, () => withLength(encode(name(random))));
  return Buffer.concat([
    Buffer.of(types.length),
    types,
    withLength(algorithms),
    withLength(Buffer.concat(names)),
  ]);
}

/** One element of DER around the parts (X.690 §8.1). */
export function encodeElement(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, body]);
}

/** A serial number, as a Certificate has it, in the content octets of its INTEGER (X.690 §8.3): two's complement. */
export function serialOctets(serialNumber: string): Buffer {
  const negative = serialNumber.startsWith('-');
  const digits = negative ? serialNumber.slice(1) : serialNumber;
  const magnitude = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  // One octet more than needed holds the sign, then goes where it says nothing.
  const octets = Buffer.concat([Buffer.of(0), magnitude]);
  if (negative) {
    let carry = 1;
    for (let at = octets.length - 1; at >= 0; at--) {
      const octet = (~(octets[at] ?? 0) & 0xff) + carry;
      octets[at] = octet & 0xff;
      carry = octet >> 8;
    }
  }
  return octets.subarray(firstNeeded(octets, 0, octets.length));
}

/** Where an INTEGER begins that has no octet it does not need. DER has none, yet some encoders add a few. */
export function firstNeeded(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end - 1 && isPadding(bytes[at], bytes[at + 1])) at++;
  return at;
}

function isPadding(octet: number | undefined, next = 0): boolean {
  return next < 0x80 ? octet === 0 : octet === 0xff;
}

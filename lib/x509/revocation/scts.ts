import { content, DerError, TAG } from '../der.ts';
import { wholeValue } from './elements.ts';

/** A log's promise to publish the certificate (RFC 6962 §3.2). Its signature is not verified here. */
interface Sct {
  /** SHA-256 of the log's key, lower-case hex. */
  readonly logId: string;
  /** When the log saw the certificate: ISO 8601 UTC to the second. */
  readonly timestamp: string;
}

export interface EmbeddedScts {
  /** How many there are, those of an unknown version included. */
  readonly count: number;
  /** Those of version 1, at most `MAX_SCTS`. */
  readonly list: readonly Sct[];
}

const MAX_SCTS = 32;
// Version, log, timestamp, length of the extensions (RFC 6962 §3.2).
const FIXED_OCTETS = 1 + 32 + 8 + 2;

/** The value of the extension 1.3.6.1.4.1.11129.2.4.2: in its OCTET STRING a list as TLS writes it. Throws DerError. */
export function readScts(value: Uint8Array): EmbeddedScts {
  const octets = content(value, wholeValue(value, TAG.octetString, 'list of SCTs'));
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== bytes.length - 2) throw cutOff();
  const list: Sct[] = [];
  let count = 0;
  for (let at = 2; at < bytes.length; count++) {
    if (at + 2 > bytes.length) throw cutOff();
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) throw cutOff();
    const sct = bytes.subarray(at + 2, end);
    at = end;
    // The version 1 is written as 0; what another one holds is not known.
    if (sct[0] !== 0 || list.length === MAX_SCTS) continue;
    if (sct.length < FIXED_OCTETS) throw cutOff();
    list.push({ logId: sct.toString('hex', 1, 33), timestamp: instantOf(sct.readBigUInt64BE(33)) });
  }
  return { count, list };
}

// The last millisecond of the year 9999: beyond it the form has a sign.
const LAST_MS = 253_402_300_799_999n;

function instantOf(ms: bigint): string {
  if (ms > LAST_MS) throw new DerError('the timestamp of an SCT is no date');
  return `${new Date(Number(ms)).toISOString().slice(0, 19)}Z`;
}

function cutOff(): DerError {
  return new DerError('the list of SCTs is cut off');
}

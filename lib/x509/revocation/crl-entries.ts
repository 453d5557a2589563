import { DerError, TAG } from '../der.ts';
import { MORE_TAGS } from './elements.ts';
import { firstNeeded } from './encode.ts';

// Of the extensions of an entry those are known that RFC 5280 §5.3 has: 2.5.29 and one of these.
const REASON_CODE = 21;
const HOLD_INSTRUCTION = 23;
const INVALIDITY_DATE = 24;
const CERTIFICATE_ISSUER = 29;

/**
 * A walk over the entries of a CRL (RFC 5280 §5.1.2.6). There can be a million of them, so nothing is made per entry:
 * the walk stands on one at a time and tells where it lies. It insists on definite lengths, as DER does.
 */
export class EntryWalk {
  /** The entry that the walk stands on, as offsets; the serial number without padding. */
  entryStart = 0;
  entryEnd = 0;
  serialStart = 0;
  serialEnd = 0;
  /** Behind the last entry whose certificateIssuer was seen; 0 while there was none (RFC 5280 §5.3.3). */
  certificateIssuerStart = 0;
  certificateIssuerEnd = 0;
  /** One of the entries so far has a critical extension that is not known here. */
  unknownCritical = false;

  readonly #bytes: Uint8Array;
  readonly #limit: number;
  #at: number;
  // What #open read last: returned through fields because an object for each would cost more than the reading.
  #start = 0;
  #end = 0;

  /** Over the content of the SEQUENCE of entries. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#limit = end;
  }

  /** Goes to the next entry; false behind the last. Throws DerError. */
  next(): boolean {
    if (this.#at >= this.#limit) return false;
    this.entryStart = this.#at;
    this.#open(TAG.sequence, this.#at, this.#limit);
    const end = this.#end;
    this.entryEnd = end;
    this.#open(MORE_TAGS.integer, this.#start, end);
    if (this.#start === this.#end) throw new DerError(`a serial number at offset ${this.#start} is empty`);
    this.serialStart = firstNeeded(this.#bytes, this.#start, this.#end);
    this.serialEnd = this.#end;
    const isUtc = this.#bytes[this.#end] === MORE_TAGS.utcTime;
    this.#open(isUtc ? MORE_TAGS.utcTime : MORE_TAGS.generalizedTime, this.#end, end);
    if (this.#end < end) this.#passExtensions(this.#end, end);
    this.#at = end;
    return true;
  }

  /** Whether the entry is about this serial number, given as content octets without padding. */
  isAbout(serial: Uint8Array): boolean {
    const { serialStart: start } = this;
    if (this.serialEnd - start !== serial.length) return false;
    // From the end: the first octets are often the same in all serial numbers of a CA.
    for (let at = serial.length - 1; at >= 0; at--) {
      if (this.#bytes[start + at] !== serial[at]) return false;
    }
    return true;
  }

  #passExtensions(start: number, limit: number): void {
    this.#open(TAG.sequence, start, limit);
    if (this.#end !== limit) throw new DerError(`bytes follow the extensions at offset ${start}`);
    for (let at = this.#start; at < limit; ) {
      this.#open(TAG.sequence, at, limit);
      at = this.#end;
      this.#passExtension(at);
    }
  }

  /** Stands on the content of one extension, which ends at `end`. */
  #passExtension(end: number): void {
    this.#open(TAG.oid, this.#start, end);
    const known = this.#knownExtension();
    let critical = false;
    if (this.#bytes[this.#end] === MORE_TAGS.boolean) {
      this.#open(MORE_TAGS.boolean, this.#end, end);
      critical = this.#bytes[this.#start] !== 0;
    }
    this.#open(TAG.octetString, this.#end, end);
    if (known === 0 && critical) this.unknownCritical = true;
    if (known !== CERTIFICATE_ISSUER) return;
    this.certificateIssuerStart = this.#start;
    this.certificateIssuerEnd = this.#end;
  }

  /** The last arc of the OID that was opened, where it is one of those above; else 0. */
  #knownExtension(): number {
    const bytes = this.#bytes;
    const at = this.#start;
    if (this.#end - at !== 3 || bytes[at] !== 0x55 || bytes[at + 1] !== 0x1d) return 0;
    const arc = bytes[at + 2] ?? 0;
    const isKnown =
      arc === REASON_CODE ||
      arc === HOLD_INSTRUCTION ||
      arc === INVALIDITY_DATE ||
      arc === CERTIFICATE_ISSUER;
    return isKnown ? arc : 0;
  }

  /** Reads the tag and the length at `at`; the content is then from `#start` to `#end`. */
  #open(tag: number, at: number, limit: number): void {
    const bytes = this.#bytes;
    if (at + 2 > limit || bytes[at] !== tag) throw new DerError(`the entry near offset ${at} is malformed`);
    let length = bytes[at + 1] ?? 0;
    let start = at + 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      if (octets === 0 || octets > 4 || start + octets > limit) {
        throw new DerError(`the length at offset ${at} is malformed`);
      }
      length = 0;
      for (const behind = start + octets; start < behind; start++)
        length = length * 256 + (bytes[start] ?? 0);
    }
    if (start + length > limit) throw new DerError(`the element at offset ${at} is cut off`);
    this.#start = start;
    this.#end = start + length;
  }
}

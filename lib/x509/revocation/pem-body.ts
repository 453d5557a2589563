import { DerError } from '../der.ts';

/**
 * The bytes of the one PEM block with this label (RFC 7468), found by searching for its boundaries: lines would be a
 * text each, and there are a hundred thousand. Throws DerError where there is none, or a second one: which of them is
 * meant nobody could say.
 */
export function pemBody(bytes: Uint8Array, label: string): Buffer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const beginAt = text.indexOf(begin);
  if (beginAt === -1) throw new DerError(`it is neither DER nor PEM with the label ${label}`);
  const endAt = text.indexOf(end, beginAt);
  if (endAt === -1) throw new DerError('the END line is missing');
  if (text.indexOf(begin, beginAt + begin.length) !== -1) throw new DerError(`more than one ${label} block`);
  // What is not base64 is passed over here, and no signature verifies then.
  return Buffer.from(text.toString('latin1', beginAt + begin.length, endAt), 'base64');
}

import { type Address, contains, formatAddress, type Prefix, parseAddress } from './address.ts';
import { rangeOf, type SpecialRange } from './special-purpose.ts';

/** Where connections may go besides the public Internet. Empty: nowhere else. */
export interface Allowance {
  /** Networks of one's own: RFC 1918, RFC 4193 and RFC 6598. */
  readonly private?: boolean;
  /** Blocks that somebody named. Services of a cloud instance need the very address, a /32 or a /128. */
  readonly blocks?: readonly Prefix[];
}

export interface Allowed {
  readonly allowed: true;
}

export interface Refused {
  readonly allowed: false;
  /** The block that decided: `169.254.0.0/16`. Empty for what is no address. */
  readonly range: string;
  /** A fragment for people: what the block is, or what the address carries. */
  readonly why: string;
}

const ALLOWED: Allowed = { allowed: true };

/**
 * Whether a connection to the address may be made. "Globally reachable" in IANA's registries is not the question: an
 * address that a translator or a tunnel turns into an IPv4 address is judged as that one too.
 *
 * @param address An IP literal, as a resolver or a URL gives it. A name is refused: judge what it resolves to.
 */
export function judgeAddress(address: string, allowance: Allowance): Allowed | Refused {
  const parsed = parseAddress(address);
  if (parsed === undefined) return { allowed: false, range: '', why: 'not an IP address' };
  return judge(parsed, allowance);
}

function judge(address: Address, allowance: Allowance): Allowed | Refused {
  const range = rangeOf(address);
  if (range === undefined) return ALLOWED;
  if (!isOpen(range, address, allowance)) {
    return { allowed: false, range: range.prefix.text, why: range.name };
  }
  for (const value of range.embedded?.(address.value) ?? []) {
    const carried: Address = { family: 4, value };
    const verdict = judge(carried, allowance);
    if (!verdict.allowed) return { ...verdict, why: `carries ${formatAddress(carried)}: ${verdict.why}` };
  }
  return ALLOWED;
}

function isOpen(range: SpecialRange, address: Address, allowance: Allowance): boolean {
  if (range.purpose === 'public') return true;
  if (range.purpose === 'private' && allowance.private === true) return true;
  return (allowance.blocks ?? []).some(
    (block) => contains(block, address) && (range.purpose !== 'instance' || isSingle(block)),
  );
}

function isSingle(block: Prefix): boolean {
  return block.length === (block.family === 4 ? 32 : 128);
}

import { children, content, encoding, readElement } from './der.ts';
import { latin1 } from './der-string.ts';
import { hex } from './extensions.ts';
import type { GeneralName } from './general-name.ts';
import { parseGeneralName } from './general-name.ts';
import type { Name } from './name.ts';
import type { Rights } from './rights.ts';
import { sequence } from './rights-extensions.ts';

/**
 * Every name that a certificate certifies and that name constraints are about (RFC 5280 §4.2.1.10): its subject, the
 * mailboxes in it, the subjectAltNames. A common name that looks like a host is none: no browser takes it for one.
 * Throws DerError.
 */
export function certifiedNames({ subject, altNames }: Rights): GeneralName[] {
  const names: GeneralName[] = mailboxesIn(subject);
  if (subject.rdns.length > 0) names.unshift({ type: 'dirName', name: subject });
  if (altNames === null) return names;
  for (const element of sequence(altNames)) names.push(parseGeneralName(altNames, element));
  return names;
}

/** emailAddress, 1.2.840.113549.1.9.1. */
const EMAIL_ADDRESS = '2a864886f70d010901';
const IA5_STRING = 0x16;

function mailboxesIn({ encoded }: Name): GeneralName[] {
  const mailboxes: GeneralName[] = [];
  for (const rdn of children(encoded, readElement(encoded))) {
    for (const attribute of children(encoded, rdn)) {
      const [type, value] = children(encoded, attribute);
      if (type === undefined || value === undefined || hex(content(encoded, type)) !== EMAIL_ADDRESS)
        continue;
      // A mailbox in another type of string cannot be compared: no subtree is known to hold it.
      const text = value.tag === IA5_STRING ? latin1(content(encoded, value)) : hex(encoding(encoded, value));
      mailboxes.push({ type: 'email', text });
    }
  }
  return mailboxes;
}

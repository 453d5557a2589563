import type { StartTls } from '../../../core/endpoint.ts';
import type { Dialog } from '../dialog.ts';
import { LDAP, MYSQL, POSTGRES } from './binary.ts';
import { FTP, IMAP, POP3, SMTP } from './mail.ts';

/** How each protocol is asked for TLS: all of it in the clear, and nothing of it says who asks. */
export const DIALOGS: Readonly<Record<StartTls, Dialog>> = {
  smtp: SMTP,
  // The same words on another port (RFC 6409).
  submission: SMTP,
  imap: IMAP,
  pop3: POP3,
  ftp: FTP,
  ldap: LDAP,
  postgres: POSTGRES,
  mysql: MYSQL,
};

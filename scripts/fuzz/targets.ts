import type { Target } from './target.ts';
import { CERTIFICATE_TARGETS } from './targets/certificate.ts';
import { CONVERSATION_TARGETS } from './targets/conversation.ts';
import { DER_TARGETS } from './targets/der.ts';
import { PATH_TARGETS } from './targets/path.ts';
import { REVOCATION_TARGETS } from './targets/revocation.ts';

/** Everything that can be fuzzed, in the order in which it is. */
export const TARGETS: readonly Target[] = [
  ...DER_TARGETS,
  ...CERTIFICATE_TARGETS,
  ...REVOCATION_TARGETS,
  ...PATH_TARGETS,
  ...CONVERSATION_TARGETS,
];

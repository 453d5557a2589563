import type { Target } from './target.ts';
import { CERTIFICATE_TARGETS } from './targets/certificate.ts';
import { CONVERSATION_TARGETS } from './targets/conversation.ts';
import { DER_TARGETS } from './targets/der.ts';

/** Everything that can be fuzzed, in the order in which it is. */
export const TARGETS: readonly Target[] = [...DER_TARGETS, ...CERTIFICATE_TARGETS, ...CONVERSATION_TARGETS];

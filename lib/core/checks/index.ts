import { certificateStatus } from './certificate-status.ts';
import { chainTooLong } from './chain-too-long.ts';
import type { Check } from './check.ts';
import { couldNotObserve } from './could-not-observe.ts';
import { domainStatus } from './domain-status.ts';
import { duplicateSubject } from './duplicate-subject.ts';
import { expired } from './expired.ts';
import { expiredInChain } from './expired-in-chain.ts';
import { expiring } from './expiring.ts';
import { incompleteChain } from './incomplete-chain.ts';
import { issuerMissing } from './issuer-missing.ts';
import { nameMismatch } from './name-mismatch.ts';
import { notACa } from './not-a-ca.ts';
import { notYetValid } from './not-yet-valid.ts';
import { privateKeyInBundle } from './private-key-in-bundle.ts';
import { renewalFailing } from './renewal-failing.ts';
import { renewedNotDeployed } from './renewed-not-deployed.ts';
import { selfSigned } from './self-signed.ts';
import { truststoreDrift } from './truststore-drift.ts';
import { truststoreUnpinned } from './truststore-unpinned.ts';
import { truststoreWarnings } from './truststore-warnings.ts';
import { unreadableBlock } from './unreadable-block.ts';
import { unreadableField } from './unreadable-field.ts';
import { untrusted } from './untrusted.ts';
import { weakKey } from './weak-key.ts';
import { weakSignature } from './weak-signature.ts';

/** Every check there is, in the order in which findings of equal severity are listed. */
export const CHECKS: readonly Check[] = [
  expired,
  expiredInChain,
  expiring,
  notYetValid,
  nameMismatch,
  selfSigned,
  incompleteChain,
  untrusted,
  weakKey,
  weakSignature,
  privateKeyInBundle,
  unreadableBlock,
  unreadableField,
  renewalFailing,
  renewedNotDeployed,
  certificateStatus,
  domainStatus,
  truststoreWarnings,
  truststoreDrift,
  truststoreUnpinned,
  duplicateSubject,
  issuerMissing,
  chainTooLong,
  notACa,
  couldNotObserve,
];

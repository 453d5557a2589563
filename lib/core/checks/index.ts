import type { CheckId } from '../finding.ts';
import { caaExcludesIssuer } from './caa-excludes-issuer.ts';
import { caaMissing } from './caa-missing.ts';
import { certificateStatus } from './certificate-status.ts';
import { chainTooLong } from './chain-too-long.ts';
import type { Check } from './check.ts';
import { clientAuthorities } from './client-authorities.ts';
import { clientCertificateRefused } from './client-certificate-refused.ts';
import { couldNotObserve } from './could-not-observe.ts';
import { deadUrl } from './dead-url.ts';
import { domainStatus } from './domain-status.ts';
import { duplicateSubject } from './duplicate-subject.ts';
import { expired } from './expired.ts';
import { expiredInChain } from './expired-in-chain.ts';
import { expiring } from './expiring.ts';
import { handshakeFails } from './handshake-fails.ts';
import { incompleteChain } from './incomplete-chain.ts';
import { issuerMissing } from './issuer-missing.ts';
import { keyReused } from './key-reused.ts';
import { legacyServer } from './legacy-server.ts';
import { legacyVersions } from './legacy-versions.ts';
import { lifetimeTooLong } from './lifetime-too-long.ts';
import { nameMismatch } from './name-mismatch.ts';
import { noSct } from './no-sct.ts';
import { notACa } from './not-a-ca.ts';
import { notPostQuantum } from './not-post-quantum.ts';
import { notYetValid } from './not-yet-valid.ts';
import { privateKeyInBundle } from './private-key-in-bundle.ts';
import { renewalFailing } from './renewal-failing.ts';
import { renewedNotDeployed } from './renewed-not-deployed.ts';
import { revocationUnknown } from './revocation-unknown.ts';
import { revoked } from './revoked.ts';
import { selfSigned } from './self-signed.ts';
import { stapleMissing } from './staple-missing.ts';
import { stapleUnusable } from './staple-unusable.ts';
import { trustStoresDiffer } from './trust-stores-differ.ts';
import { truststoreDrift } from './truststore-drift.ts';
import { truststoreUnpinned } from './truststore-unpinned.ts';
import { truststoreWarnings } from './truststore-warnings.ts';
import { unreadableBlock } from './unreadable-block.ts';
import { unreadableField } from './unreadable-field.ts';
import { untidyChain } from './untidy-chain.ts';
import { untrusted } from './untrusted.ts';
import { weakCipher } from './weak-cipher.ts';
import { weakKey } from './weak-key.ts';
import { weakSignature } from './weak-signature.ts';

/** Every check there is, in the order in which findings of equal severity are listed. */
export const CHECKS: readonly Check[] = [
  expired,
  expiredInChain,
  expiring,
  revoked,
  notYetValid,
  stapleMissing,
  stapleUnusable,
  nameMismatch,
  selfSigned,
  incompleteChain,
  untrusted,
  trustStoresDiffer,
  untidyChain,
  weakKey,
  weakSignature,
  legacyServer,
  handshakeFails,
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
  clientAuthorities,
  clientCertificateRefused,
  legacyVersions,
  weakCipher,
  notPostQuantum,
  keyReused,
  lifetimeTooLong,
  caaMissing,
  caaExcludesIssuer,
  noSct,
  deadUrl,
  revocationUnknown,
  couldNotObserve,
];

/** The checks that speak only where somebody switched them on. */
export const OPTIONAL_CHECKS: readonly CheckId[] = CHECKS.filter(({ optional }) => optional === true).map(
  ({ id }) => id,
);

import { type Content, certificatesOf } from './content.ts';
import { toInstant } from './instant.ts';
import type { Sighting } from './inventory.ts';
import { judgedCertificates } from './judged.ts';
import type { Subject } from './subject.ts';
import { headsOf } from './transition.ts';

/**
 * The rows by which the inventory finds a target's certificates in order of expiry: leaves, everything in a bundle, and
 * a CA above a leaf only where it ends first. A healthy public intermediate gets no row per endpoint that it serves.
 */
export function sightingsIn(subject: Subject): readonly Sighting[] {
  // An anchor that is judged was seen by nobody here: no look could ever find that it is gone.
  const held = new Set(certificatesOf(subject.content));
  const fingerprints = new Set([
    ...headsOf(subject.content),
    ...judgedCertificates(subject)
      .map((judged) => judged.fingerprint)
      .filter((fingerprint) => held.has(fingerprint)),
  ]);
  return [...fingerprints].flatMap((fingerprint) => {
    const certificate = subject.certificate(fingerprint);
    if (certificate === undefined) return [];
    const { role, subject: name, issuer, notAfter } = certificate;
    const { id, kind, owner } = subject.target;
    const firstSeenAt = toInstant(subject.now);
    return [{ fingerprint, target: id, kind, owner, role, subject: name, issuer, notAfter, firstSeenAt }];
  });
}

/** Sightings of `before` that no longer hold. */
export function goneSightings(before: Content | null, current: readonly Sighting[]): readonly string[] {
  const held = new Set(current.map((sighting) => sighting.fingerprint));
  return certificatesOf(before).filter((fingerprint) => !held.has(fingerprint));
}

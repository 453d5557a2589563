import type { Certificate } from '../../core/certificate.ts';
import { certificatesIn } from '../../core/certificates-in.ts';
import { type Endpoint, startTlsOf } from '../../core/endpoint.ts';
import type { Finding } from '../../core/finding.ts';
import { toInstant } from '../../core/instant.ts';
import type {
  AddressObservation,
  Answer,
  EndpointObservation,
  PresentedChain,
} from '../../core/observation.ts';
import { endpointTargetId, targetLabel } from '../../core/target.ts';
import { safeJson } from '../../notify/safe-json.ts';
import { certificateJson } from './certificate-json.ts';
import { earliestEnd } from './earliest-end.ts';
import { findingFields, statusOf } from './findings.ts';
import { remainingSeconds } from './time.ts';

/**
 * One probe as one line of JSON (docs/cli.md), without the line end. The certificates stand at the end, each once, as
 * text that is kept from probe to probe: serializing them anew would cost more than judging them.
 */
export function probeJson(
  endpoint: Endpoint,
  observation: EndpointObservation,
  findings: readonly Finding[],
  now: Date,
): string {
  const notAfter = earliestEnd(observation);
  const head = safeJson({
    target: targetLabel(endpointTargetId(endpoint)),
    host: endpoint.host,
    port: endpoint.port,
    serverName: endpoint.serverName,
    starttls: startTlsOf(endpoint),
    observedAt: toInstant(observation.observedAt),
    status: statusOf(findings),
    notAfter,
    remainingSeconds: remainingSeconds({ notBefore: null, notAfter }, now),
    ...(observation.failure === undefined ? {} : { failure: observation.failure }),
    addressesKnown: observation.addressesKnown,
    addresses: observation.addresses.map(addressFields),
    ...(observation.deep === undefined ? {} : { deep: observation.deep }),
    ...(observation.inquiry === undefined ? {} : { inquiry: observation.inquiry }),
    findings: findings.map(findingFields),
  });
  const certificates = new Set<Certificate>(certificatesIn(observation));
  return `${head.slice(0, -1)},"certificates":[${Array.from(certificates, certificateJson).join()}]}`;
}

function addressFields(observation: AddressObservation) {
  const { address, answer, failure, otherKey, unnamed, elapsedMs } = observation;
  return {
    address,
    elapsedMs: Math.round(elapsedMs * 10) / 10,
    ...(failure === undefined ? {} : { failure }),
    ...(answer === undefined ? {} : answerFields(answer)),
    ...(otherKey === undefined ? {} : { otherKey: answerFields(otherKey) }),
    ...(unnamed === undefined ? {} : { unnamed: chainFields(unnamed) }),
  };
}

function answerFields({ chain, ...conversation }: Answer) {
  return {
    ...chainFields(chain),
    protocol: conversation.protocol,
    cipher: conversation.cipher,
    keyExchangeGroup: conversation.keyExchangeGroup,
    clientCertificateRequired: conversation.clientCertificateRequired,
    clientCertificateRequested: conversation.clientCertificateRequested === true,
    ...(conversation.clientCertificateRefused ? { clientCertificateRefused: true } : {}),
    ...(conversation.brokenOff === undefined ? {} : { brokenOff: conversation.brokenOff }),
    legacy: conversation.legacy === true,
  };
}

function chainFields({ certificates, path, anchor, problem, verdict, stores }: PresentedChain) {
  return {
    chain: certificates.map((certificate) => certificate.fingerprint),
    path,
    anchor,
    ...(problem === undefined ? {} : { problem }),
    verdict,
    ...(stores === undefined ? {} : { stores }),
  };
}

/** How an endpoint is reached and trusted: what can be said of it, of a group, and of all. */
export interface Reach {
  /** Path of a PEM file with further trust anchors. */
  readonly ca?: string;
  /** Sets of trust anchors that paths are built to, each judged apart. @default Mozilla's alone */
  readonly stores?: readonly StoreName[];
  /** The network (`networks` in the configuration) that it can be reached from; absent for the public one. */
  readonly network?: string;
  /** Which addresses beside public ones the egress guard lets through: private ones, or these ranges (CIDR). */
  readonly allow?: 'private' | readonly string[];
  /** `host:port` of an HTTP proxy to connect through. */
  readonly proxy?: string;
  /** What is shown to a server that asks for a client certificate. */
  readonly client?: ClientFiles;
}

/** Mozilla's roots, which Node brings along, and those of the machine. */
export const STORE_NAMES = ['mozilla', 'system'] as const;

export type StoreName = (typeof STORE_NAMES)[number];

/** Files of a client certificate: PEM with its key, or PKCS #12. A passphrase is never kept, only where it is found. */
export interface ClientFiles {
  readonly cert?: string;
  readonly key?: string;
  readonly pkcs12?: string;
  /** Name of the environment variable with the passphrase. */
  readonly passphraseFrom?: string;
}

const KEYS = [
  'ca',
  'stores',
  'network',
  'allow',
  'proxy',
  'client',
] as const satisfies readonly (keyof Reach)[];

/** The settings of reach among others; none that is not there. */
export function reachOf(settings: Reach): Reach {
  return Object.fromEntries(
    KEYS.flatMap((key) => (settings[key] === undefined ? [] : [[key, settings[key]]])),
  ) as Reach;
}

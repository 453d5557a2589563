/** Inputs that taught us something, minted or reduced here. They are read again in every test run and begin each fuzzing. */
export interface Seed {
  /** The name of a target in scripts/fuzz/targets.ts. */
  readonly target: string;
  readonly hex: string;
  /** What it is, and what must be true of it. */
  readonly why: string;
}

export const SEEDS: readonly Seed[] = [
  {
    target: 'starttls-postgres',
    hex: '53',
    why: 'the one octet that says yes, behind a proxy: that nothing had come yet was taken for a no',
  },
  {
    target: 'starttls-ldap',
    hex: '3084000000050201017800',
    why: 'a response that lacks its result code, behind a proxy: that nothing had come yet was taken for garbage',
  },
  {
    target: 'subject-alt-names',
    hex: '3002a500',
    why: 'an ediPartyName of nothing, for which OpenSSL refuses the certificate',
  },
  {
    target: 'subject-alt-names',
    hex: '301ba519a1171c1500000023000000680000006100000073000000686c',
    why: 'an ediPartyName whose UniversalString has a character of one octet',
  },
  {
    target: 'subject-alt-names',
    hex: '301ea01c060a2b060104018237140203a00e16051b5b33316d16051b5b33316d',
    why: 'an otherName with a second value behind the first, which was passed over',
  },
  {
    target: 'subject-alt-names',
    hex: '3008880615802511d84e',
    why: 'an object identifier with leading zeros in an arc, read as the one without',
  },
  {
    target: 'starttls-smtp',
    hex: '3232302d0a'.repeat(600),
    why: 'a greeting of hundreds of lines, all of which were read again with every octet that followed',
  },
];

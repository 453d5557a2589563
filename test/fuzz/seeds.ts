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
];

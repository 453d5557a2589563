/** What DNS says about who may issue for a name (RFC 8659), as far as checks need it. */
export type CaaFinding =
  /** Nobody restricts it: every public CA may issue. */
  | { readonly state: 'unrestricted' }
  /** `at` is the domain whose records count; `issuers` are the CA domains that may issue for the name, none for nobody. */
  | {
      readonly state: 'restricted';
      readonly at: string;
      readonly issuers: readonly string[];
      /** Critical properties that no CA understands, so that none may issue (RFC 8659 §4.1); never an empty list. */
      readonly criticalUnknown?: readonly string[];
      /** Whether the CA that issued what is served now may do it again; null where its CA domains are not known here. */
      readonly permitsIssuer: boolean | null;
    }
  | { readonly state: 'unknown'; readonly why: string };

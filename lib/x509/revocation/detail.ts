/** Characters. All of it is remembered for every certificate, and names and texts from outside have no end. */
const LONGEST = 300;

/** What is kept of something that was seen, for a person. */
export function clippedDetail(detail: string): string {
  return (detail.length <= LONGEST ? detail : `${detail.slice(0, LONGEST - 1)}…`).toWellFormed();
}

/** The same of something that has a detail, or none. */
export function withClippedDetail<Why extends { readonly detail?: string }>(why: Why): Why {
  return why.detail === undefined ? why : { ...why, detail: clippedDetail(why.detail) };
}

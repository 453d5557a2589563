/** How much is kept of a URL from a certificate, which may name many of two thousand characters each. */
const LONGEST = 200;

/** For people, and for the inventory. */
export function shortened(url: string): string {
  return url.length > LONGEST ? `${url.slice(0, LONGEST)}…` : url;
}

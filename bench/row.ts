/** Prints one figure under the last heading. */
export type Row = (what: string, figure: string) => void;

/** How many times `b` fits into `a`; with a goal, whether it is met. */
export function ratio(a: number, b: number, goal?: number): string {
  const value = (a / b).toFixed(2);
  if (goal === undefined) return value;
  return `${value}   goal ${goal.toFixed(2)}: ${a / b <= goal ? 'met' : 'MISSED'}`;
}

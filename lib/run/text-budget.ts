import type { Digest } from '../core/alert.ts';
import type { TextVerdict } from '../notify/sns.ts';
import type { Table } from '../store/table.ts';
import { listTextGrants, putTextGrant, type TextGrant } from '../store/texts.ts';

export interface TextBudget {
  /** Text messages per calendar month (UTC), to all numbers together. */
  readonly perMonth: number;
  /** Numbers that may get one: every digest is counted as if it went to all of them. */
  readonly numbers: number;
}

/**
 * Decides about the text messages of a digest. The month ends with one message that says so, not with silence; what is
 * left of the budget is kept for it.
 */
export function textBudget(table: Table, { perMonth, numbers }: TextBudget) {
  return async (digest: Digest): Promise<TextVerdict> => {
    if (numbers === 0 || perMonth === 0) return 'no-texts';
    const month = digest.createdAt.slice(0, 7);
    const grants = await listTextGrants(table, month);
    const known = grants.find((grant) => grant.digest === digest.id);
    if (known !== undefined) return verdictOf(known);
    const used = grants.reduce((sum, { texts }) => sum + texts, 0);
    const fits = used + 2 * numbers <= perMonth;
    const isOver = grants.some(({ last }) => last);
    const grant: TextGrant = { digest: digest.id, texts: isOver ? 0 : numbers, last: !fits && !isOver };
    return verdictOf(await putTextGrant(table, month, grant, digest.createdAt));
  };
}

function verdictOf({ texts, last }: TextGrant): TextVerdict {
  if (last) return 'last-text';
  return texts > 0 ? 'texts' : 'no-texts';
}

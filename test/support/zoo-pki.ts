import { type Issued, mint } from './pki.ts';

/** The root that the prober trusts, and what an ordinary server has. */
export interface ZooPki {
  readonly root: Issued;
  readonly intermediate: Issued;
  readonly leaf: Issued;
}

/** The name that every server of the zoo is asked for. */
export const ZOO_NAME = 'zoo.test';

/** Hosts of the zoo that are names, for `serveDns`. */
export const ZOO_ZONE = { 'two-faced.test': ['127.0.0.2', '127.0.0.3'] } as const;

export async function zooPki(): Promise<ZooPki> {
  const root = await mint({ subject: 'CN=Root', ca: true });
  const intermediate = await mint({ subject: 'CN=Intermediate', ca: true, issuer: root });
  const leaf = await mint({ subject: `CN=${ZOO_NAME}`, names: [ZOO_NAME], issuer: intermediate });
  return { root, intermediate, leaf };
}

export function chainOf({ leaf, intermediate }: ZooPki): Issued[] {
  return [leaf, intermediate];
}

export function derOf(chain: readonly Issued[]): Buffer[] {
  return chain.map(({ der }) => der);
}

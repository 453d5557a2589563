import type { Definitions } from '../config/definitions.ts';
import { tagsAskedFor } from '../config/settings.ts';
import { type KnownAcm, listAcm } from '../sources/aws/acm.ts';
import { listApiGateway } from '../sources/aws/apigateway.ts';
import type { Listing } from '../sources/aws/listing.ts';
import { type MemberRole, openPlace } from '../sources/aws/place-clients.ts';
import { getCertificates } from '../store/certificates.ts';
import { readContent } from '../store/content.ts';
import type { Table } from '../store/table.ts';
import type { CollectMessage } from './messages.ts';

export interface ListingContext {
  readonly table: Table;
  readonly definitions: Definitions;
  readonly ownAccount: string;
}

/**
 * Opens the listing that a message asks for.
 *
 * @throws Error for an account that the definitions do not name: nobody gave a role for it.
 */
export function openListing(
  { source, account, region }: CollectMessage,
  { table, definitions, ownAccount }: ListingContext,
): { readonly listing: Listing; readonly close: () => void } {
  const clients = openPlace({ account, region }, memberRole(account, ownAccount, definitions));
  const now = () => new Date();
  const { probeDomains, privateDomains } = definitions.aws;
  const listing =
    source === 'acm'
      ? listAcm(clients, {
          now,
          known: (id) => recallAcm(table, id),
          tags: tagsAskedFor(definitions.defaults).size > 0,
        })
      : listApiGateway(clients, {
          now,
          probeDomains,
          ...(privateDomains === undefined ? {} : { privateDomains }),
        });
  return { listing, close: () => clients.destroy() };
}

function memberRole(account: string, ownAccount: string, { aws }: Definitions): MemberRole | undefined {
  if (account === ownAccount) return undefined;
  const member = aws.accounts.find(({ id }) => id === account);
  if (member === undefined) throw new Error(`account ${account} is not among those that are watched`);
  const { role, externalId } = member;
  return { account, role, ...(externalId === undefined ? {} : { externalId }) };
}

async function recallAcm(table: Table, id: string): Promise<KnownAcm | undefined> {
  const content = await readContent(table, id);
  if (content?.kind !== 'acm') return undefined;
  const facts = await getCertificates(table, content.certificates);
  const certificates = content.certificates
    .map((each) => facts.get(each))
    .filter((each) => each !== undefined);
  return certificates.length === content.certificates.length ? { content, certificates } : undefined;
}

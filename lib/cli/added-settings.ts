import { resolve } from 'node:path';
import { caFileFault } from '../config/ca-file.ts';
import { ownerFault, tagFault } from '../config/labels.ts';
import type { Settings } from '../config/settings.ts';
import { quoted } from '../core/rejected.ts';
import { UserError } from './user-error.ts';
import type { AddOptions } from './watch-list.ts';

/**
 * What `targets add` and `targets import` are told about all their targets at once.
 *
 * @throws UserError with everything that is wrong with it.
 */
export async function addedSettings({ owner, tag = [], every, ca }: AddOptions): Promise<Settings> {
  const faults: string[] = [];
  if (owner !== undefined) faults.push(...faultOf(ownerFault(owner)));
  const pairs: [string, string][] = [];
  for (const text of tag) {
    const cut = text.indexOf('=');
    if (cut < 1) faults.push(`--tag ${quoted(text)}: wanted key=value, such as team=payments`);
    else pairs.push([text.slice(0, cut), text.slice(cut + 1)]);
  }
  // Unlike an assignment this keeps every name, "__proto__" too, for the check to refuse.
  const tags = Object.fromEntries(pairs);
  faults.push(...faultOf(tagFault(tags)));
  const caFault = ca === undefined ? undefined : await caFileFault(resolve(ca));
  if (caFault !== undefined) faults.push(`--ca: ${caFault}`);
  if (faults.length > 0) throw new UserError(faults.join('\n'));
  return {
    ...(owner === undefined ? {} : { owner }),
    tags,
    ...(every === undefined ? {} : { everyMs: every }),
    ...(ca === undefined ? {} : { ca: resolve(ca) }),
  };
}

function faultOf(fault: string | undefined): string[] {
  return fault === undefined ? [] : [fault];
}

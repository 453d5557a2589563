/** Who owns a target that nobody was named for: rules by name, tag, kind and source. */
import { type Target, type TargetKind, targetLabel } from './target.ts';

/** Every property that is there has to fit. */
export interface OwnershipRule {
  readonly owner: string;
  /** Patterns in which `*` stands for any text: of a server name, a domain, a path, an ARN, or a whole target id. */
  readonly names?: readonly string[];
  /** Tags with exactly these values; those that AWS keeps of what it lists count as well. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly kinds?: readonly TargetKind[];
  /** Accounts (twelve digits), regions, or both (`111122223333/eu-west-1`), of what an AWS account lists. */
  readonly places?: readonly string[];
}

/** The owner by the first rule that fits; null where none does. */
export function ownerByRule(target: Target, rules: readonly OwnershipRule[]): string | null {
  return rules.find((rule) => fits(target, rule))?.owner ?? null;
}

function fits(target: Target, { names, tags, kinds, places }: OwnershipRule): boolean {
  return (
    (names === undefined ||
      names.some((pattern) => namesOf(target).some((name) => matches(name, pattern)))) &&
    (tags === undefined || Object.entries(tags).every(([key, value]) => target.tags[key] === value)) &&
    (kinds === undefined || kinds.includes(target.kind)) &&
    (places === undefined || places.some((place) => placesOf(target).includes(place)))
  );
}

function namesOf(target: Target): readonly string[] {
  const label = targetLabel(target.id);
  switch (target.kind) {
    case 'endpoint':
      return [target.endpoint.serverName, target.endpoint.host, label, target.id];
    case 'truststore':
    case 'file':
      return [target.path, target.id];
    default:
      return [target.name, target.arn, target.id];
  }
}

/** Linear in the text however many stars there are: names come from outside, and so may patterns. */
function matches(name: string, pattern: string): boolean {
  const text = name.toLowerCase();
  const [first = '', ...parts] = pattern.toLowerCase().split('*');
  if (!text.startsWith(first)) return false;
  const last = parts.pop();
  if (last === undefined) return text === first;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

function placesOf(target: Target): readonly string[] {
  const place = 'place' in target ? target.place : undefined;
  return place === undefined ? [] : [place.account, place.region, `${place.account}/${place.region}`];
}

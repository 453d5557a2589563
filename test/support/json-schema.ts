/** As much of JSON Schema (2020-12) as our own schemas use: type, properties, required, items, enum, const, pattern. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly maxItems?: number;
}

const KEYWORDS = new Set([
  '$schema',
  '$id',
  'title',
  'description',
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'const',
  'pattern',
  'maxItems',
]);

/** What is wrong with a value, a sentence each; throws for a schema that says more than is understood here. */
export function schemaFaults(value: unknown, schema: object, path = '$'): readonly string[] {
  const unknown = Object.keys(schema).filter((key) => !KEYWORDS.has(key));
  if (unknown.length > 0) throw new Error(`${path}: the schema says ${unknown.join(', ')}`);
  const {
    type,
    properties = {},
    required = [],
    additionalProperties,
    items,
    pattern,
    maxItems,
    ...rest
  } = schema as Schema;
  const faults: string[] = [];
  if (type !== undefined && ![type].flat().includes(typeOf(value)))
    faults.push(`${path} is ${typeOf(value)}`);
  if (rest.enum !== undefined && !rest.enum.includes(value))
    faults.push(`${path} is none of ${rest.enum.join(', ')}`);
  if ('const' in rest && rest.const !== value) faults.push(`${path} is not ${String(rest.const)}`);
  if (pattern !== undefined && typeof value === 'string' && !new RegExp(pattern, 'u').test(value))
    faults.push(`${path} does not match ${pattern}`);
  if (Array.isArray(value)) {
    if (maxItems !== undefined && value.length > maxItems) faults.push(`${path} has ${value.length} items`);
    if (items !== undefined)
      faults.push(...value.flatMap((each, index) => schemaFaults(each, items, `${path}[${index}]`)));
  } else if (typeof value === 'object' && value !== null) {
    faults.push(
      ...required.filter((key) => !Object.hasOwn(value, key)).map((key) => `${path}.${key} is missing`),
    );
    for (const [key, each] of Object.entries(value)) {
      const own = properties[key];
      if (own !== undefined) faults.push(...schemaFaults(each, own, `${path}.${key}`));
      else if (additionalProperties === false) faults.push(`${path}.${key} is not described`);
    }
  }
  return faults;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

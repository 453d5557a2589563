/**
 * The field tables of docs/cli.md, read as a schema: `| field | type | meaning |` under a heading of its own. A type
 * is a word (`text`, `instant`), a link to another section, `list of X`, `mapping of X`, `mapping of (X or Y)`, `X or Y`, or
 * `optional X`.
 */
export class DocumentedJson {
  readonly #sections: ReadonlyMap<string, ReadonlyMap<string, string>>;

  constructor(page: string) {
    const sections = new Map<string, Map<string, string>>();
    for (const [, heading = '', body = ''] of page.matchAll(/^### (.+)\n([\s\S]*?)(?=^##|(?![\s\S]))/gm)) {
      const rows = [...body.matchAll(/^\| (?:`(\w+)`|…) \| ([^|]+) \|/gm)];
      const fields = rows.map(([, name = '…', type = '']): [string, string] => [name, type.trim()]);
      if (fields.length > 0) sections.set(anchorOf(heading), new Map(fields));
    }
    this.#sections = sections;
  }

  /** Where a value differs from its section, as sentences; empty where it conforms. */
  faults(value: unknown, section: string): readonly string[] {
    return this.#checkType(value, `[${section}](#${anchorOf(section)})`, section);
  }

  #checkType(value: unknown, type: string, path: string): readonly string[] {
    const [, of] = /^mapping of \((.+)\)$/.exec(type) ?? [];
    if (of !== undefined) {
      if (!isObject(value)) return [`${path} is no mapping: ${JSON.stringify(value)}`];
      return Object.values(value).flatMap((item) => this.#checkType(item, of, `${path}{}`));
    }
    const alternatives = type.split(' or ').map((one) => this.#checkOne(value, one, path));
    return alternatives.find((faults) => faults.length === 0) ?? alternatives[0] ?? [];
  }

  #checkOne(value: unknown, type: string, path: string): readonly string[] {
    const [, container, of = ''] = /^(list|mapping) of (.+)$/.exec(type) ?? [];
    if (container === 'list') {
      if (!Array.isArray(value)) return [`${path} is no list: ${JSON.stringify(value)}`];
      return value.flatMap((item) => this.#checkOne(item, of, `${path}[]`));
    }
    if (container === 'mapping') {
      if (!isObject(value)) return [`${path} is no mapping: ${JSON.stringify(value)}`];
      return Object.values(value).flatMap((item) => this.#checkOne(item, of, `${path}{}`));
    }
    const anchor = /\(#([\w-]+)\)$/.exec(type)?.[1];
    if (anchor === undefined) {
      const matches = WORDS[type];
      if (matches === undefined) return [`${path} has the unknown type "${type}"`];
      return matches(value) ? [] : [`${path} is not "${type}": ${JSON.stringify(value)}`];
    }
    const fields = this.#fieldsOf(anchor);
    if (fields.size === 0) return [`${path}: there is no section #${anchor}`];
    if (!isObject(value)) return [`${path} is no object: ${JSON.stringify(value)}`];
    const unknown = Object.keys(value).filter((name) => !fields.has(name));
    return [
      ...unknown.map((name) => `${path}.${name} is not documented`),
      ...[...fields].flatMap(([name, text]) => {
        const optional = text.startsWith('optional ');
        if (value[name] === undefined) return optional ? [] : [`${path}.${name} is missing`];
        return this.#checkType(value[name], text.replace(/^optional /, ''), `${path}.${name}`);
      }),
    ];
  }

  /** The fields of a section, with those of the sections that it includes by `…`. */
  #fieldsOf(anchor: string): ReadonlyMap<string, string> {
    const own = this.#sections.get(anchor) ?? new Map<string, string>();
    const included = /\(#([\w-]+)\)/.exec(own.get('…') ?? '')?.[1];
    const fields = new Map([...(included === undefined ? [] : this.#fieldsOf(included)), ...own]);
    fields.delete('…');
    return fields;
  }
}

const matching = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);

const WORDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  instant: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/),
  fingerprint: matching(/^[0-9a-f]{64}$/),
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-');
}

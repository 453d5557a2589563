import type { Template } from '../infra/synth.ts';

/** What a resource is once it is created: `Ref` and attributes. */
export interface Created {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Pseudo parameters. */
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Turns the intrinsic functions of a template into what they come to. One that is not known is an error. */
export function createResolver(
  template: Template,
  created: ReadonlyMap<string, Created>,
  place: { readonly account: string; readonly region: string },
): (value: unknown) => unknown {
  const pseudo = { ...PSEUDO, 'AWS::AccountId': place.account, 'AWS::Region': place.region };
  const demand = (id: string): Created => {
    const found = created.get(id);
    if (found !== undefined) return found;
    throw new Error(`${id} (${template.Resources[id]?.Type}) is referred to before it was created`);
  };
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (value === null || typeof value !== 'object') return value;
    const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return intrinsic(name, argument);
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, resolve(field)]));
  };
  const intrinsic = (name: string, argument: unknown): unknown => {
    switch (name) {
      case 'Ref':
        return pseudo[argument as keyof typeof pseudo] ?? demand(String(argument)).ref;
      case 'Fn::GetAtt': {
        const [id = '', attribute = ''] = argument as string[];
        const found = demand(id).attributes[attribute];
        if (found === undefined) throw new Error(`${id} has no attribute ${attribute} here`);
        return found;
      }
      case 'Fn::Join': {
        const [separator, parts] = argument as [string, unknown[]];
        return (resolve(parts) as string[]).join(separator);
      }
      case 'Fn::Select': {
        const [index, list] = argument as [number, unknown];
        return (resolve(list) as unknown[])[Number(index)];
      }
      case 'Fn::Split': {
        const [separator, text] = argument as [string, unknown];
        return String(resolve(text)).split(separator);
      }
      case 'Fn::Sub':
        return String(argument).replace(/\$\{([^}]+)\}/g, (_, id: string) => String(intrinsic('Ref', id)));
      default:
        throw new Error(`the harness knows no ${name}`);
    }
  };
  return resolve;
}

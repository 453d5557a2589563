import type { Recorded } from '../support/aws/protocol.ts';
import type { Deployment } from './deployment.ts';

/** One permission of a function's role: an action, on a pattern of resources. */
export interface Allowed {
  readonly function: string;
  readonly action: string;
  readonly resource: string;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
}

/** Everything that the template lets each function do, by the roles and the policies attached to them. */
export function allowedIn(deployment: Deployment): readonly Allowed[] {
  const { resources, resolve } = deployment;
  const statementsOf = new Map<string, Statement[]>();
  const add = (role: string, statements: Statement[]) =>
    statementsOf.set(role, [...(statementsOf.get(role) ?? []), ...statements]);
  for (const [id, { Properties }] of resources('AWS::IAM::Role')) {
    for (const { PolicyDocument } of Properties['Policies'] ?? [])
      add(id, resolve(PolicyDocument.Statement) as Statement[]);
  }
  for (const [, { Properties }] of resources('AWS::IAM::Policy')) {
    for (const role of resolve(Properties['Roles']) as string[]) {
      add(role, resolve(Properties['PolicyDocument'].Statement) as Statement[]);
    }
  }
  return resources('AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
    const role = String(resolve(Properties['Role'])).split('/').at(-1) ?? '';
    return (statementsOf.get(role) ?? []).flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) => [Resource].flat().map((resource) => ({ function: id, action, resource }))),
    );
  });
}

/** `*` stands for any text and `?` for any character, as in IAM. */
export function covers({ action, resource }: Pick<Allowed, 'action' | 'resource'>, call: Recorded): boolean {
  return action === call.action && pattern(resource).test(call.resource);
}

function pattern(text: string): RegExp {
  return new RegExp(`^${text.split('*').map(literally).join('.*')}$`);
}

function literally(text: string): string {
  return text.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('?', '.');
}
